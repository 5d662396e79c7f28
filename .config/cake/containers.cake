#nullable enable

// The test program that builds and runs the images of container/.
const string ContainerTests = "DataVersion.Containers";

// The programs that build and run containers, and bases to build on where no registry of images can be reached.
void WantContainers()
{
    WantServer("tests that build and run images are skipped", ".config/containers.sh");
    WantServer("tests of Compose are skipped", ".config/compose.sh");
}
