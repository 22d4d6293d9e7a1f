using Mcu.Media.Memory;
using Mcu.Sdp.Negotiation;
using Mcu.TestKit.Network;
using Shouldly;
using Xunit;

namespace Mcu.WebRtc.Tests.Peer;

/// <summary>Counts the buffers of the process's own pool, so nothing else may run.</summary>
[CollectionDefinition(nameof(VideoFecMemoryTests), DisableParallelization = true)]
[Collection(nameof(VideoFecMemoryTests))]
public class VideoFecMemoryTests
{
    [Fact]
    public void All_buffers_of_a_call_come_back()
    {
        var before = BufferPool.Shared.Outstanding;
        var call = new TestCall(new BadNetworkOptions { Delay = TimeSpan.FromMilliseconds(150), Loss = 0.1 }, 7);
        call.Negotiate();
        call.RunFor(20);
        call.Client.Peer.ReceiveStreamOf(MediaPurpose.Video)!.PacketsRestoredByFec.ShouldBeGreaterThan(0);
        call.Dispose();
        (call.Server.FramesOutstanding + call.Client.FramesOutstanding).ShouldBe(0);
        BufferPool.Shared.Outstanding.ShouldBe(before);
    }
}
