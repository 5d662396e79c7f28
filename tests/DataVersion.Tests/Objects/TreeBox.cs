using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Workspaces;

namespace DataVersion.Tests.Objects;

/// <summary>Tree objects in memory, with a reader, a writer and an editor over them.</summary>
internal sealed class TreeBox
{
    private readonly Dictionary<ObjectId, byte[]> _objects = [];

    public TreeBox(HashKind kind = HashKind.Sha256)
    {
        Writer = new TreeWriter(kind, (key, bytes, _) =>
        {
            if (_objects.TryAdd(key.Id, bytes.ToArray()))
                Stored.Add(key.Id);
            return Task.CompletedTask;
        });
        Reader = new TreeReader((id, _) => Task.FromResult(_objects[id]));
        Editor = new TreeEditor(Reader, Writer);
    }

    public TreeWriter Writer { get; }

    public TreeReader Reader { get; }

    public TreeEditor Editor { get; }

    /// <summary>Ids of the objects that were not there before, in the order in which they came.</summary>
    public List<ObjectId> Stored { get; } = [];

    public byte[] this[ObjectId id] => _objects[id];

    /// <summary>Puts an object that no writer would make.</summary>
    public ObjectId Put(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        ObjectId id = IdentityHash.Of(HashKind.Sha256, bytes);
        _objects[id] = bytes;
        return id;
    }
}
