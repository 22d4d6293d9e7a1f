using Mcu.TestKit.Network;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Congestion;

public class Explore
{
    private static BottleneckOptions Line(double kbps, int rttMs = 100, double loss = 0) =>
        new()
        {
            RateBps = (long)(kbps * 1000),
            Delay = TimeSpan.FromMilliseconds(rttMs / 2),
            Loss = loss,
        };

    [Fact]
    public void All()
    {
        var w = new System.Text.StringBuilder();
        void Show(string name, PathSimulation p, double last) =>
            w.AppendLine(
                $"{name}: mean {p.MeanTarget(last) / 1000:F0} least {p.LeastTarget(last) / 1000:F0} arrived {p.Arrived(last) / 1000:F0} wait95 {p.AudioWait95(last):F0} all95 {p.Wait95(last):F0} lost {p.Controller.FractionLost:F2} inh {p.Controller.InherentLoss:F2} key {p.Keyframes} pad {p.PaddingBytes} drop {p.Line.Dropped}\n   {p.Story()}"
            );
        foreach (var seed in new[] { 1, 2 })
        {
            var a = new PathSimulation(
                Line(1000),
                back: new BottleneckOptions { Delay = TimeSpan.FromMilliseconds(50), Loss = 0.33 },
                seed: seed
            );
            a.RunFor(60);
            Show("third of reports", a, 30);
            a = new PathSimulation(Line(1000), seed: seed);
            a.RunFor(30);
            Show("1M", a, 20);
            a = new PathSimulation(Line(1000), new SenderOptions { DemandBps = 1_200_000 }, seed);
            a.RunFor(20);
            a.Line.Change(a.Line.Options with { RateBps = 150_000 }, a.Now);
            var at = a.Now;
            a.RunFor(20);
            Show("1M-150k", a, 18);
            w.AppendLine(
                "   waits after drop: "
                    + string.Join(
                        " ",
                        a.Arrivals.Where(x => x.At > at && x.At < at + TimeSpan.FromSeconds(4))
                            .Where((_, i) => i % 5 == 0)
                            .Select(x => $"{(x.At - at).TotalSeconds:F1}:{x.Wait.TotalMilliseconds:F0}")
                    )
            );
            a.Line.Change(a.Line.Options with { RateBps = 1_000_000 }, a.Now);
            a.RunFor(12);
            Show("150k-1M", a, 2);
            a = new PathSimulation(Line(2000, 50, 0.3), new SenderOptions { DemandBps = 2_000_000 }, seed);
            a.RunFor(60);
            Show("2M 30%", a, 45);
            a = new PathSimulation(
                Line(100, 100, 0.05),
                new SenderOptions
                {
                    AudioBytes = 40,
                    AudioIntervalMs = 40,
                    FramesPerSecond = 10,
                    DemandBps = 300_000,
                    FeedbackInterval = TimeSpan.FromMilliseconds(250),
                },
                seed
            );
            a.RunFor(70);
            Show("100k 5%", a, 60);
            a = new PathSimulation(
                Line(32, 300, 0.1),
                new SenderOptions
                {
                    AudioBytes = 60,
                    AudioIntervalMs = 60,
                    MaxVideoBps = 0,
                    DemandBps = 64_000,
                    FeedbackInterval = TimeSpan.FromMilliseconds(250),
                },
                seed
            );
            a.RunFor(60);
            Show("32k 10%", a, 40);
            a = new PathSimulation(
                Line(32, 300, 0.1),
                new SenderOptions
                {
                    AudioBytes = 30,
                    AudioIntervalMs = 60,
                    MaxVideoBps = 20000,
                    FramesPerSecond = 1,
                    DemandBps = 64_000,
                    FeedbackInterval = TimeSpan.FromMilliseconds(250),
                },
                seed
            );
            a.RunFor(60);
            Show("32k 10% stills", a, 40);
            a = new PathSimulation(Line(20000, 40), new SenderOptions { MaxVideoBps = 1_000_000 }, seed);
            a.RunFor(30);
            Show("20M LAN watch 1M no demand", a, 20);
            a = new PathSimulation(Line(0, 2), new SenderOptions { MaxVideoBps = 1_500_000, DemandBps = 1_700_000 }, seed);
            a.RunFor(10);
            Show("LAN demand 1.7M", a, 5);
            a = new PathSimulation(Line(500) with { QueueLimit = TimeSpan.FromMilliseconds(30) }, seed: seed);
            a.RunFor(60);
            Show("policed 500k", a, 40);
            a = new PathSimulation(
                Line(500) with
                {
                    Jitter = TimeSpan.FromMilliseconds(60),
                    QueueLimit = TimeSpan.FromSeconds(2),
                },
                seed: seed
            );
            a.RunFor(60);
            Show("500k jitter 60 deep", a, 40);
            a = new PathSimulation(Line(1000), new SenderOptions { DemandBps = 1_200_000 }, seed);
            a.RunFor(20);
            a.Line.StallUntil(a.Now + TimeSpan.FromMilliseconds(300));
            a.Back.StallUntil(a.Now + TimeSpan.FromMilliseconds(300));
            a.RunFor(6);
            Show("stall", a, 5);
        }
        System.IO.File.WriteAllText("/tmp/w/explore.txt", w.ToString());
    }
}
