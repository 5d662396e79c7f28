using System.Text;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>
/// Finds names of one folder that its file system takes for the same, because it folds case or normalises Unicode. How it does so is its own affair
/// (and .NET does not normalise without ICU), so names beyond ASCII are tried on the file system itself, where nothing of the user's lies.
/// </summary>
/// <param name="temporary">The state's folder for temporary files.</param>
/// <param name="root">The workspace.</param>
/// <param name="path">Where in it the data are to lie; it need not exist.</param>
internal sealed class NameCollisions(string temporary, string root, string path)
{
    private readonly Lazy<Rules> _rules = new(() => Look(temporary, DeepestFolder(root, path)));

    /// <summary>The first name that is one with an earlier one; null where all can lie side by side.</summary>
    /// <exception cref="FileAccessException">Nothing can be written where the data are to lie.</exception>
    public string? Find(IReadOnlyList<string> names)
    {
        if (names.Count < 2)
            return null;
        Rules rules = _rules.Value;
        if (rules.FoldsCase && PathRules.FindCollisions(names, StringComparer.OrdinalIgnoreCase) is [var first, ..])
            return first.Name;
        return (rules.FoldsCase || rules.Normalises) && !names.All(n => Ascii.IsValid(n)) ? Try(rules.Folder, names) : null;
    }

    // No further than to the first link: nothing is written through one.
    private static string DeepestFolder(string root, string path)
    {
        string place = root;
        foreach (string name in path.Split('/'))
        {
            string next = Path.Combine(place, name);
            if (FileStat.TryGet(next)?.Type != FileType.Directory)
                break;
            place = next;
        }
        return place;
    }

    private static Rules Look(string temporary, string place)
    {
        string folder = FileStat.TryGet(temporary)?.Device == FileStat.TryGet(place)?.Device ? temporary : place;
        return new Rules(folder, FileSystems.FoldsCase(folder), FileSystems.Normalises(folder));
    }

    private static string? Try(string folder, IReadOnlyList<string> names)
    {
        string scratch = Path.Combine(folder, TempNames.Create("names"));
        try
        {
            Directory.CreateDirectory(scratch);
            foreach (string name in names)
            {
                string path = Path.Combine(scratch, name);
                if (FileStat.TryGet(path) is not null)
                    return name;
                RegularFile.Create(path, UnixFileMode.UserRead | UnixFileMode.UserWrite).Dispose();
            }
            return null;
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(folder, error);
        }
        finally
        {
            if (Directory.Exists(scratch))
                Directory.Delete(scratch, recursive: true);
        }
    }

    private sealed record Rules(string Folder, bool FoldsCase, bool Normalises);
}
