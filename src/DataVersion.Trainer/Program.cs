using System.Text;
using DataVersion.Trainer;

// The process's side of the program: its streams. What it does is TrainerApplication's.
var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
using var output = new StreamWriter(Console.OpenStandardOutput(), utf8) { NewLine = "\n" };
using var error = new StreamWriter(Console.OpenStandardError(), utf8) { AutoFlush = true, NewLine = "\n" };
return await TrainerApplication.RunAsync(args, output, error, CancellationToken.None);
