using Azure;
using Azure.Storage;

namespace DataVersion.Remotes.Azure;

/// <summary>
/// Which checksum uploads carry, so that Azure refuses what was changed on the way: its own CRC64; MD5 where a server does not know that;
/// none where it knows neither. Found out by the first refusal, and remembered.
/// </summary>
internal sealed class AzureChecksums
{
    private int _algorithm = (int)StorageChecksumAlgorithm.StorageCrc64;

    public StorageChecksumAlgorithm Current => (StorageChecksumAlgorithm)Volatile.Read(ref _algorithm);

    public static UploadTransferValidationOptions Options(StorageChecksumAlgorithm algorithm) => new() { ChecksumAlgorithm = algorithm };

    /// <summary>Steps down where an answer says that the server does not know the checksum; true if the upload is to be tried again.</summary>
    public bool StepDown(StorageChecksumAlgorithm used, AzureRefusalException answer)
    {
        bool unknown = answer.Code is "FeatureNotSupported" or "FeatureNotYetSupported" or "UnsupportedHeader" or "NotImplemented" or "InvalidHeaderValue";
        if (!unknown || used == StorageChecksumAlgorithm.None)
            return false;
        StorageChecksumAlgorithm next = used == StorageChecksumAlgorithm.StorageCrc64 ? StorageChecksumAlgorithm.MD5 : StorageChecksumAlgorithm.None;
        Interlocked.CompareExchange(ref _algorithm, (int)next, (int)used);
        return true;
    }
}
