namespace Mcu.Media.Codecs;

public enum AudioCodec
{
    Opus,
    G722,
    Pcmu,
    Pcma,
}

public enum VideoCodec
{
    Vp8,
    Vp9,
    H264,
}
