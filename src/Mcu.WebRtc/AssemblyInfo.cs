using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Mcu.WebRtc.Tests")]
