namespace Mcu.Sip.Messages;

public enum SipStreamItem
{
    /// <summary>Nothing whole is there; more bytes are needed.</summary>
    None,

    Message,

    /// <summary>CRLF CRLF between messages: a keepalive that is answered with CRLF (RFC 5626 section 4.4.1).</summary>
    Ping,

    /// <summary>CRLF between messages: the answer to our keepalive.</summary>
    Pong,

    /// <summary>Where the next message begins can no longer be told: what there is may be answered, then the connection is closed.</summary>
    Broken,
}

/// <summary>
/// Cuts messages out of a byte stream, TCP or TLS, by their Content-Length (RFC 3261 section 18.3). One for each connection; holds at most
/// one message and what came with its end.
/// </summary>
public sealed class SipStreamReader
{
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private bool _broken;

    // Length of the message that has begun, once its headers are there; 0 before.
    private int _expected;

    // How far an incomplete header block was searched, so that a message in small pieces is not read over and over.
    private int _searched;

    private ReadOnlySpan<byte> Pending => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Takes bytes from the connection. Items are taken with <see cref="Next"/> until there are none, before more bytes come.</summary>
    /// <param name="bytes">As many as one read gives, at most <see cref="SipMessage.MaxLength"/>.</param>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_broken)
        {
            return;
        }

        if (_buffer.Length - _end < bytes.Length)
        {
            var pending = Pending.ToArray();
            _buffer = new byte[Math.Max((pending.Length + bytes.Length) * 2, 2048)];
            pending.CopyTo(_buffer, 0);
            (_start, _end) = (0, pending.Length);
        }

        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>The next item; of <see cref="SipStreamItem.Message"/> and <see cref="SipStreamItem.Broken"/> its bytes, valid until <see cref="Append"/>.</summary>
    public SipStreamItem Next(out ReadOnlySpan<byte> message)
    {
        message = default;
        if (_broken)
        {
            return SipStreamItem.None;
        }

        if (_expected == 0 && TryTakeKeepalive(out var keepalive))
        {
            return keepalive;
        }

        var begins = _expected == 0 ? Begin(out message) : SipStreamItem.None;
        if (begins == SipStreamItem.Broken || _expected == 0 || Pending.Length < _expected)
        {
            return begins;
        }

        message = Pending[.._expected];
        Advance(_expected);
        return SipStreamItem.Message;
    }

    /// <summary>Looks for the end of the headers, and learns the message's length from them.</summary>
    private SipStreamItem Begin(out ReadOnlySpan<byte> message)
    {
        message = default;
        var pending = Pending;
        var from = Math.Max(_searched - 3, 0);
        var blank = pending[from..].IndexOf("\r\n\r\n"u8);
        var length = blank < 0 ? pending.Length : from + blank + 4;
        if (length > SipMessage.MaxHeaderLength)
        {
            return Break(out message, SipMessage.MaxHeaderLength);
        }

        if (blank < 0)
        {
            _searched = pending.Length;
            return ReleaseIfEmpty();
        }

        if (!TryReadLength(pending[..length], out var body) || length + body > SipMessage.MaxLength)
        {
            return Break(out message, length);
        }

        _expected = length + body;
        return SipStreamItem.None;
    }

    /// <summary>Content-Length is required of a stream, once, and in digits.</summary>
    private static bool TryReadLength(ReadOnlySpan<byte> block, out int length)
    {
        length = 0;
        if (
            !HeaderBlock.TryRead(block, out var header, out _)
            || header.Length != block.Length
            || header.Headers.CountOf(HeaderNames.ContentLength) != 1
            || !SipSyntax.TryParseNumber(header.Headers[HeaderNames.ContentLength], SipMessage.MaxLength, out var value)
        )
        {
            return false;
        }

        length = (int)value;
        return true;
    }

    private bool TryTakeKeepalive(out SipStreamItem item)
    {
        item = SipStreamItem.None;
        var pending = Pending;
        if (pending.StartsWith("\r\n\r\n"u8))
        {
            Advance(4);
            item = SipStreamItem.Ping;
        }
        else if (pending.Length >= 3 ? pending.StartsWith("\r\n"u8) && pending[2] != '\r' : pending.SequenceEqual("\r\n"u8))
        {
            // Two bytes alone are a pong, or half of a ping whose other half is under way: that one is then a second pong, which asks for
            // nothing. A ping is answered where it comes in one piece, as everybody sends it.
            Advance(2);
            item = SipStreamItem.Pong;
        }

        return item != SipStreamItem.None;
    }

    private SipStreamItem Break(out ReadOnlySpan<byte> message, int length)
    {
        message = Pending[..Math.Min(length, _end - _start)];
        _broken = true;
        return SipStreamItem.Broken;
    }

    private void Advance(int count)
    {
        _start += count;
        (_searched, _expected) = (0, 0);
    }

    private SipStreamItem ReleaseIfEmpty()
    {
        if (_start == _end)
        {
            (_buffer, _start, _end) = ([], 0, 0);
        }

        return SipStreamItem.None;
    }
}
