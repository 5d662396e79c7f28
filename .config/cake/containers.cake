#nullable enable

// The test program that builds and runs the images of container/.
const string ContainerTests = "DataVersion.Containers";

// The programs that build and run containers, and bases to build on where no registry of images can be reached.
void WantContainers()
{
    WantServer("tests that build and run images are skipped", ".config/containers.sh");
    WantServer("tests of Compose are skipped", ".config/compose.sh");
    string[] server = ["radosgw", "ceph-mon", "ceph-mgr", "ceph-osd", "openssl", "python3"];
    if (EnvironmentVariable("CI") is null)
    {
        WantPackages("trainings on data in S3 are skipped", server);
    }
    else
    {
        RequirePackages(server);
    }
}
