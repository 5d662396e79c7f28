using DataVersion.Testing;

// The slowest takes half a minute.
[assembly: TestTimeLimit(seconds: 600)]
