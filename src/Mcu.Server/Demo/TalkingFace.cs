using Mcu.Media.Video;
using SkiaSharp;

namespace Mcu.Server.Demo;

/// <summary>Draws a simple talking head before a slowly moving background: enough life to see that pictures flow and lips match the sound.</summary>
internal sealed class TalkingFace : IDisposable
{
    private readonly SKBitmap _bitmap;
    private readonly SKCanvas _canvas;
    private readonly SKPaint _paint = new() { IsAntialias = true };
    private readonly SKColor _wall;
    private readonly SKColor _shirt;
    private readonly SKColor _skin;
    private readonly SKColor _hair;
    private readonly float _seed;

    public TalkingFace(int width, int height, int seed)
    {
        _bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        _canvas = new SKCanvas(_bitmap);
        _seed = seed * 1.7f;
        var hue = seed * 137.5f % 360;
        _wall = SKColor.FromHsl(hue, 32, 38);
        _shirt = SKColor.FromHsl((hue + 180) % 360, 45, 45);
        _skin = SKColor.FromHsl(24, 45, 50 + (seed * 11 % 30));
        _hair = SKColor.FromHsl(25, 40, 12 + (seed * 17 % 30));
    }

    /// <summary>Draws the moment <paramref name="seconds"/> with the mouth open by 0 to 1 into an I420 frame of the same size.</summary>
    public void Draw(double seconds, float openness, VideoFrame target)
    {
        var time = (float)seconds + _seed;
        DrawRoom(time);
        var sway = 0.012f * _bitmap.Width * MathF.Sin(time * 0.9f);
        var nod = 0.010f * _bitmap.Height * MathF.Sin(time * 1.7f) + (openness * 0.012f * _bitmap.Height);
        DrawPerson((_bitmap.Width / 2f) + sway, (_bitmap.Height * 0.46f) + nod, _bitmap.Height * 0.23f, time, openness);
        _canvas.Flush();
        Rgb.ToI420(_bitmap.GetPixelSpan(), _bitmap.RowBytes, target);
    }

    public void Dispose()
    {
        _paint.Dispose();
        _canvas.Dispose();
        _bitmap.Dispose();
    }

    private void DrawRoom(float time)
    {
        _canvas.Clear(_wall);
        for (var i = 0; i < 4; i++)
        {
            var x = _bitmap.Width * (0.15f + (0.25f * i) + (0.05f * MathF.Sin((time * 0.3f) + i)));
            var y = _bitmap.Height * (0.3f + (0.15f * MathF.Cos((time * 0.23f) + (2 * i))));
            _paint.Color = SKColors.White.WithAlpha(22);
            _canvas.DrawCircle(x, y, _bitmap.Height * (0.12f + (0.04f * i)), _paint);
        }
    }

    private void DrawPerson(float x, float y, float head, float time, float openness)
    {
        _paint.Color = _shirt;
        _canvas.DrawOval(x, y + (head * 2.35f), head * 1.75f, head * 1.25f, _paint);
        _paint.Color = _skin;
        _canvas.DrawRect(x - (head * 0.3f), y + (head * 0.6f), head * 0.6f, head * 0.7f, _paint);
        _paint.Color = _hair;
        _canvas.DrawOval(x, y - (head * 0.14f), head * 0.9f, head * 1.06f, _paint);
        _paint.Color = _skin;
        _canvas.DrawOval(x, y + (head * 0.08f), head * 0.78f, head * 0.96f, _paint);
        DrawEyes(x, y, head, time);
        _paint.Color = new SKColor(110, 35, 40);
        _canvas.DrawOval(x, y + (head * 0.55f), head * (0.26f - (0.05f * openness)), head * (0.03f + (0.2f * openness)), _paint);
    }

    private void DrawEyes(float x, float y, float head, float time)
    {
        var blink = time % 3.7f < 0.14f ? 0.12f : 1f;
        var glance = head * 0.03f * MathF.Sin(time * 0.6f);
        foreach (var side in (ReadOnlySpan<float>)[-1, 1])
        {
            var eye = x + (side * head * 0.3f);
            _paint.Color = SKColors.White;
            _canvas.DrawOval(eye, y - (head * 0.05f), head * 0.14f, head * 0.1f * blink, _paint);
            _paint.Color = new SKColor(40, 30, 30);
            _canvas.DrawOval(eye + glance, y - (head * 0.05f), head * 0.06f, head * 0.07f * blink, _paint);
        }
    }
}
