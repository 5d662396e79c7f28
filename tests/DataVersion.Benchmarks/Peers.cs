using System.Globalization;
using DataVersion.Testing.Servers;

namespace DataVersion.Benchmarks;

/// <summary>rclone and the AWS command line against the same server, with as many transfers at once as dv.</summary>
internal sealed class Peers
{
    private const string Aws = "/usr/bin/aws";
    private readonly int _jobs;

    public Peers(string folder, int jobs)
    {
        _jobs = jobs;
        string configuration = Path.Combine(folder, "aws-config");
        File.WriteAllText(configuration, string.Create(CultureInfo.InvariantCulture,
            $"[default]\nregion = us-east-1\ns3 =\n  max_concurrent_requests = {jobs}\n  multipart_chunksize = 8MB\n  addressing_style = path\n"));
        foreach ((string name, string value) in new[]
        {
            ("AWS_ACCESS_KEY_ID", "dvkey"), ("AWS_SECRET_ACCESS_KEY", "dvsecret"), ("AWS_CONFIG_FILE", configuration), ("AWS_EC2_METADATA_DISABLED", "true"),
            ("RCLONE_CONFIG", Path.Combine(folder, "rclone.conf")),
        })
        {
            Environment.SetEnvironmentVariable(name, value);
        }
        // rclone's SDK refuses to start with it.
        Environment.SetEnvironmentVariable("AWS_CA_BUNDLE", null);
        File.WriteAllText(Path.Combine(folder, "rclone.conf"),
            $"[ceph]\ntype = s3\nprovider = Ceph\naccess_key_id = dvkey\nsecret_access_key = dvsecret\nendpoint = {RadosGateway.Instance.Endpoint}\n");
    }

    /// <summary>Copies a folder up, or down, with rclone; <paramref name="remote"/> is a prefix of the bucket.</summary>
    public Measured Rclone(string folder, string local, string remote, bool up)
    {
        string there = $"ceph:{RadosGateway.Bucket}/{remote}";
        string jobs = _jobs.ToString(CultureInfo.InvariantCulture);
        return Measured.Run(folder, "rclone", ["copy", up ? local : there, up ? there : local, "--transfers", jobs, "--checkers", jobs,
            "--s3-upload-concurrency", jobs, "--s3-chunk-size", "8M", "--multi-thread-streams", jobs, "--s3-no-check-bucket", "-q"]);
    }

    /// <summary>Empties the bucket.</summary>
    public void Purge(string folder)
    {
        string jobs = _jobs.ToString(CultureInfo.InvariantCulture);
        Measured.Run(folder, "rclone", ["delete", $"ceph:{RadosGateway.Bucket}", "--checkers", jobs, "--transfers", jobs, "-q"]);
    }

    /// <summary>The same with <c>aws s3 cp --recursive</c>.</summary>
    public static Measured AwsCopy(string folder, string local, string remote, bool up)
    {
        string there = $"s3://{RadosGateway.Bucket}/{remote}";
        return Measured.Run(folder, Aws, ["--endpoint-url", RadosGateway.Instance.Endpoint, "s3", "cp", "--recursive", "--quiet", up ? local : there, up ? there : local]);
    }
}
