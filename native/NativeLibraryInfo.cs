using System.Runtime.InteropServices;

namespace Mcu.Native;

/// <summary>The C library behind all native calls: its name for imports, and the check that it fits this build.</summary>
public static class NativeLibraryInfo
{
    /// <summary>Name to give to <c>DllImport</c>; resolves to libmcu_native.so beside the assemblies.</summary>
    public const string Name = "mcu_native";

    /// <summary>The ABI that the managed side was written against (MCU_ABI_VERSION in mcu_abi.h).</summary>
    public const int ExpectedAbi = 4;

    /// <summary>Compares the library's ABI with ours.</summary>
    /// <exception cref="InvalidOperationException">The library is from another build.</exception>
    public static void Verify()
    {
        var actual = AbiVersion();
        if (actual != ExpectedAbi)
        {
            throw new InvalidOperationException(
                $"libmcu_native.so has ABI {actual}, this build needs {ExpectedAbi}: rebuild with 'dotnet build Mcu.sln'."
            );
        }
    }

    [DllImport(Name, EntryPoint = "mcu_abi_version", ExactSpelling = true)]
    private static extern int AbiVersion();
}
