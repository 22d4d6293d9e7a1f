using SkiaSharp;

namespace Mcu.Mixing.Video;

/// <summary>The few icons on canvases, as vectors.</summary>
internal static class Icons
{
    private static readonly SKColor MutedColour = new(0xFF, 0x6B, 0x6B);

    /// <summary>A microphone with a stroke through it, filling <paramref name="box"/>.</summary>
    public static void DrawMutedMicrophone(SKCanvas canvas, SKRect box)
    {
        using var paint = new SKPaint { Color = MutedColour, IsAntialias = true };
        var unit = box.Width / 24;
        // A layer of its own, so that the gap beside the stroke is cut out of the microphone only.
        canvas.SaveLayer();
        canvas.Translate(box.Left, box.Top);
        canvas.Scale(unit);
        DrawMicrophone(canvas, paint);
        paint.Style = SKPaintStyle.Stroke;
        paint.StrokeCap = SKStrokeCap.Round;
        paint.BlendMode = SKBlendMode.DstOut;
        paint.StrokeWidth = 7;
        canvas.DrawLine(4, 3, 20.5f, 20.5f, paint);
        paint.BlendMode = SKBlendMode.SrcOver;
        paint.StrokeWidth = 2.8f;
        canvas.DrawLine(3.5f, 3, 20.5f, 21, paint);
        canvas.Restore();
    }

    /// <summary>Head and shoulders inside a circle.</summary>
    public static void DrawPerson(SKCanvas canvas, float diameter, SKPaint paint)
    {
        using var circle = new SKPath();
        circle.AddCircle(diameter / 2, diameter / 2, diameter / 2);
        canvas.Save();
        canvas.ClipPath(circle, antialias: true);
        canvas.DrawCircle(diameter / 2, diameter * 0.4f, diameter * 0.17f, paint);
        canvas.DrawOval(diameter / 2, diameter * 0.88f, diameter * 0.3f, diameter * 0.25f, paint);
        canvas.Restore();
    }

    /// <summary>On a grid of 24 units.</summary>
    private static void DrawMicrophone(SKCanvas canvas, SKPaint paint)
    {
        paint.Style = SKPaintStyle.Fill;
        canvas.DrawRoundRect(SKRect.Create(8, 1.5f, 8, 13), 4, 4, paint);
        paint.Style = SKPaintStyle.Stroke;
        paint.StrokeWidth = 2.6f;
        canvas.DrawArc(SKRect.Create(4.5f, 4, 15, 14), 0, 180, useCenter: false, paint);
        canvas.DrawLine(12, 17.5f, 12, 21.5f, paint);
    }
}
