#!/usr/bin/env bash
# ./build.sh [--target=NAME] [--rid=RID]     targets: ./build.sh --target=Help
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDTERMINALLOGGER=off
# Cake keeps the compiled script, and everything of its own, under artifacts/.
export CAKE_SETTINGS_ENABLESCRIPTCACHE=true CAKE_PATHS_TOOLS=artifacts/cake

if ! dotnet --list-sdks 2> /dev/null | grep -q '^10\.'; then
    echo "build.sh: needs the .NET SDK 10 (https://dot.net): \`dotnet --list-sdks\` names none" >&2
    exit 1
fi
# Code hosts' archives and some runners lose the executable bit.
chmod +x .ci/run .config/*.sh .config/feed/*.sh docs/*.sh 2> /dev/null || true

mkdir -p artifacts
dotnet tool restore > artifacts/tool-restore.log 2>&1 || { cat artifacts/tool-restore.log >&2; exit 1; }

# What a target has to say last (the number of tests, say), after anything that Cake prints.
summary=artifacts/summary.txt
rm -f "$summary"
if [[ ! -t 2 ]]; then export NO_COLOR=1; fi
code=0
dotnet cake build.cake --verbosity=quiet "$@" || code=$?
if [[ -f $summary ]]; then cat "$summary"; fi
exit "$code"
