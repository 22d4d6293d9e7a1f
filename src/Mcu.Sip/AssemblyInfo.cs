using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Mcu.Sip.Tests")]
