namespace DataVersion.Caching;

public enum LinkKind { Reflink, Hardlink, Symlink, Copy }
