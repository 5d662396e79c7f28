using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Tracking.Preflight;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv doctor</c>.</summary>
internal sealed class DoctorCommand : DvCommand
{
    private readonly Option<bool> _gpu = Opt.Flag("--gpu", "look at the GPU only: driver, CUDA, devices, libraries");
    private readonly Option<bool> _requireGpu = Opt.Flag("--require-gpu", "end with 72 where a trainer could not use a GPU");

    internal DoctorCommand()
        : base("doctor", "look for what is wrong with this machine and repository")
    {
        Add(_gpu);
        Add(_requireGpu);
        AddJson();
        Details =
        [
            "Looks at Git, settings, cache, state folder, file systems and the GPU, and says what to do about what it finds. Changes nothing: it writes small files where dv would write and removes them again. No remote is asked (dv remote test does that).",
            "A machine without a GPU is in order, unless --require-gpu is given.",
        ];
        Examples =
        [
            new("dv doctor", "everything"),
            new("dv doctor --gpu", "driver, CUDA, devices and what keeps them from being used"),
            new("dv doctor --gpu --require-gpu --json", "in a container, before training"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.GpuUnavailable];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        bool required = parse.GetValue(_requireGpu);
        GpuReport gpu = GpuProbe.Run(context.Machine, context.Variables);
        IReadOnlyList<DoctorCheck>? checks = parse.GetValue(_gpu) ? null : new Doctor(context).Run(gpu, required);
        context.Reporter.Show(new DoctorOutput(checks, gpu), static json => json.DoctorOutput, () => DoctorReport.Write(context.Reporter, checks, gpu));
        if (required && !gpu.IsUsable)
            return Task.FromResult(ExitCodes.GpuUnavailable);
        bool failed = (checks ?? [Doctor.Gpu(gpu, required)]).Any(c => c.State == DoctorState.Problem);
        return Task.FromResult(failed ? ExitCodes.Incomplete : ExitCodes.Done);
    }
}
