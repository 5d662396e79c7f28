using System.CommandLine;
using DataVersion.Cli.CommandLine;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv completion</c>: prints a script for a shell.</summary>
internal sealed class CompletionCommand : DvCommand
{
    private static readonly string[] Shells = ["bash", "zsh", "fish"];

    private readonly Argument<string> _shell = Opt.Required("SHELL", "bash, zsh or fish");

    internal CompletionCommand()
        : base("completion", "print a script that completes dv's commands in a shell")
    {
        _shell.CompletionSources.Add(Shells);
        Add(_shell);
        Examples =
        [
            new("source <(dv completion bash)", "in ~/.bashrc"),
            new("source <(dv completion zsh)", "in ~/.zshrc, after compinit"),
            new("dv completion fish > ~/.config/fish/completions/dv.fish", "once"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        string shell = parse.GetRequiredValue(_shell);
        context.Reporter.Answer(shell switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            "fish" => Fish,
            _ => throw new UsageException($"'{shell}' is not a shell that dv knows", $"use one of: {string.Join(", ", Shells)}"),
        });
        return Task.FromResult(ExitCodes.Done);
    }

    // Where dv has nothing to say, the shell offers file names.
    private const string Bash = """
        # dv completion for bash
        _dv() {
            local IFS=$'\n' word="${COMP_WORDS[COMP_CWORD]}"
            local candidates
            candidates="$(dv "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" || return
            COMPREPLY=($(compgen -W "${candidates}" -- "${word}"))
        }
        complete -o default -F _dv dv
        """;

    private const string Zsh = """
        # dv completion for zsh
        _dv() {
            local -a candidates
            candidates=("${(@f)$(dv "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            candidates=(${candidates:#})
            if (( ${#candidates} )); then
                compadd -a candidates
            else
                _files
            fi
        }
        compdef _dv dv
        """;

    private const string Fish = """
        # dv completion for fish
        function __dv_candidates
            set -l line (commandline -cp)
            dv "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c dv -a '(__dv_candidates)'
        """;
}
