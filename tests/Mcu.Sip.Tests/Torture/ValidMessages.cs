using static Mcu.Sip.Tests.Torture.TortureMessage;

namespace Mcu.Sip.Tests.Torture;

/// <summary>RFC 4475 section 3.1.1: messages that are strange, and in order.</summary>
internal static class ValidMessages
{
    private const string LongLong = "longlonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglong";

    public static readonly IReadOnlyList<TortureMessage> All =
    [
        new(
            "wsinv",
            """
            INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
            TO :
             sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
            from   : "J Rosenberg \\\""       <sip:jdrosen@example.com>
              ;
              tag = 98asjd8
            MaX-fOrWaRdS: 0068
            Call-ID: wsinv.ndaksdj@192.0.2.1
            Content-Length   : 150
            cseq: 0009
              INVITE
            Via  : SIP  /   2.0
             /UDP
                192.0.2.2;branch=390skdjuw
            s :
            NewFangledHeader:   newfangled value
             continued newfangled value
            UnknownHeaderWithUnusualValue: ;;,,;;,;
            Content-Type: application/sdp
            Route:
             <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
            v:  SIP  / 2.0  / TCP     spindle.example.com   ;
              branch  =   z9hG4bK9ikj8  ,
             SIP  /    2.0   / UDP  192.168.255.111   ; branch=
             z9hG4bK30239
            m:"Quoted string \"\"" <sip:jdrosen@example.com> ; newparam =
                  newvalue ;
              secondparam ; q = 0.33


            """ + Body("192.0.2.3", connection: "192.0.2.4")
        ),
        new(
            "intmeth",
            """
            !interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0
            Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~
            To: "BEL:\{hex:07} NUL:\{hex:00} DEL:\{hex:7F}" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>
            From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="{hex:D180D0B0D0B1D0BED182D0B0D18ED189D0B8D0B9}";tag=_token~1'+`*%!-.
            Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{
            CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~
            Max-Forwards: 255
            extensionHeader-!.%*+_`'~:{hex:EFBBBFE5A4A7E5819CE99BBB}
            Content-Length: 0


            """
        ),
        new(
            "esc01",
            """
            INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0
            To: sip:%75se%72@example.com
            From: <sip:I%20have%20spaces@example.net>;tag=938
            Max-Forwards: 87
            i: esc01.239409asdfakjkn23onasd0-3234
            CSeq: 234234 INVITE
            Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw
            C: application/sdp
            Contact:
              <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>
            Content-Length: 150


            """ + Body("192.0.2.1")
        ),
        new(
            "escnull",
            """
            REGISTER sip:example.com SIP/2.0
            To: sip:null-%00-null@example.com
            From: sip:null-%00-null@example.com;tag=839923423
            Max-Forwards: 70
            Call-ID: escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd
            CSeq: 14398234 REGISTER
            Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bKkdjuw
            Contact: <sip:%00@host5.example.com>
            Contact: <sip:%00%00@host5.example.com>
            L:0


            """
        ),
        new(
            "esc02",
            """
            RE%47IST%45R sip:registrar.example.com SIP/2.0
            To: "%Z%45" <sip:resource@example.com>
            From: "%Z%45" <sip:resource@example.com>;tag=f232jadfj23
            Call-ID: esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf
            Via: SIP/2.0/TCP host.example.com;branch=z9hG4bK209%fzsnel234
            CSeq: 29344 RE%47IST%45R
            Max-Forwards: 70
            Contact: <sip:alias1@host1.example.com>
            C%6Fntact: <sip:alias2@host2.example.com>
            Contact: <sip:alias3@host3.example.com>
            l: 0


            """
        ),
        new(
            "lwsdisp",
            """
            OPTIONS sip:user@example.com SIP/2.0
            To: sip:user@example.com
            From: caller<sip:caller@example.com>;tag=323
            Max-Forwards: 70
            Call-ID: lwsdisp.1234abcd@funky.example.com
            CSeq: 60 OPTIONS
            Via: SIP/2.0/UDP funky.example.com;branch=z9hG4bKkdjuw
            l: 0


            """
        ),
        new("longreq", LongRequest()),
        new(
            "dblreq",
            """
            REGISTER sip:example.com SIP/2.0
            To: sip:j.user@example.com
            From: sip:j.user@example.com;tag=43251j3j324
            Max-Forwards: 8
            I: dblreq.0ha0isndaksdj99sdfafnl3lk233412
            Contact: sip:j.user@host.example.com
            CSeq: 8 REGISTER
            Via: SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKkdjuw23492
            Content-Length: 0


            INVITE sip:joe@example.com SIP/2.0
            t: sip:joe@example.com
            From: sip:caller@example.net;tag=141334
            Max-Forwards: 8
            Call-ID: dblreq.0ha0isnda977644900765@192.0.2.15
            CSeq: 8 INVITE
            Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw380234
            Content-Type: application/sdp
            Content-Length: 150


            """ + Body("192.0.2.15")
        ),
        new(
            "semiuri",
            """
            OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0
            To: sip:j_user@example.com
            From: sip:caller@example.org;tag=33242
            Max-Forwards: 3
            Call-ID: semiuri.0ha0isndaksdj
            CSeq: 8 OPTIONS
            Accept: application/sdp, application/pkcs7-mime,
                    multipart/mixed, multipart/signed,
                    message/sip, message/sipfrag
            Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw
            l: 0


            """
        ),
        new(
            "transports",
            """
            OPTIONS sip:user@example.com SIP/2.0
            To: sip:user@example.com
            From: <sip:caller@example.com>;tag=323
            Max-Forwards: 70
            Call-ID:  transports.kijh4akdnaqjkwendsasfdj
            Accept: application/sdp
            CSeq: 60 OPTIONS
            Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw
            Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf
            Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj
            Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en
            Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee
            l: 0


            """
        ),
        new(
            "mpart01",
            """
            MESSAGE sip:kumiko@example.org SIP/2.0
            Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-;rport
            Max-Forwards: 70
            Route: <sip:127.0.0.1:5080>
            Identity: r5mwreLuyDRYBi/0TiPwEsY3rEVsk/G2WxhgTV1PF7hHuLIK0YWVKZhKv9Mj8UeXqkMVbnVq37CD+813gvYjcBUaZngQmXc9WNZSDNGCzA+fWl9MEUHWIZo1CeJebdY/XlgKeTa0Olvq0rt70Q5jiSfbqMJmQFteeivUhkMWYUA=
            Contact: <sip:fluffy@127.0.0.1:5070>
            To: <sip:kumiko@example.org>
            From: <sip:fluffy@example.com>;tag=2fb0dcc9
            Call-ID: 3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..
            CSeq: 1 MESSAGE
            Content-Transfer-Encoding: binary
            Content-Type: multipart/mixed;boundary=7a9cbec02ceef655
            Date: Sat, 15 Oct 2005 04:44:56 GMT
            User-Agent: SIPimp.org/0.2.5 (curses)
            Content-Length: 553

            --7a9cbec02ceef655
            Content-Type: text/plain
            Content-Transfer-Encoding: binary

            Hello
            --7a9cbec02ceef655
            Content-Type: application/octet-stream
            Content-Transfer-Encoding: binary

            {hex:3082015206092A864886F70D010702A08201433082013F02010131093007
            06052B0E03021A300B06092A864886F70D010701318201203082011C02010130
            7C3070310B3009060355040613025553311330110603550408130A43616C6966
            6F726E69613111300F0603550407130853616E204A6F7365310E300C06035504
            0A1305736970697431293027060355040B13205369706974205465737420436572
            746966696361746520417574686F7269747902080195007102330113300706052B
            0E03021A300D06092A864886F70D01010105000481808EF466F948F0522DD2E597
            8E9D95AAE9F2FE15A06659716292E8DA2AA8D8350A68CEFFAE3CBD2BFF1675DDD5
            648E593DD64728F26220F7E941749E330D9A15EDABDB93D10C42102E7B7289D29C
            C0C9AE2EFBC7C0CFF9172F3B027E4FC027E1546DE4B6AA3ABB3E66CCCB5DD6C64B
            8383149CB8E6FF182D944FE57B65BC99D005}
            --7a9cbec02ceef655--

            """
        ),
        new(
            "unreason",
            """
            SIP/2.0 200 = 2**3 * 5**2 {hex:D0BDD0BE20D181D182D0BE20D0B4D0B5D0B2D18FD0BDD0BED181D182D0BE20D0B4D0B5D0B2D18FD182D18C202D20D0BFD180D0BED181D182D0BED0B5}
            Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
            Call-ID: unreason.1234ksdfak3j2erwedfsASdf
            CSeq: 35 INVITE
            From: sip:user@example.com;tag=11141343
            To: sip:user@example.edu;tag=2229
            Content-Length: 154
            Content-Type: application/sdp
            Contact: <sip:user@host198.example.com>


            """ + Body("192.0.2.198")
        ),
        new(
            "noreason",
            "SIP/2.0 100 \n"
                + """
                Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe
                Call-ID: noreason.asndj203insdf99223ndf
                CSeq: 35 INVITE
                From: <sip:user@example.com>;tag=39ansfi3
                To: <sip:user@example.edu>;tag=902jndnke3
                Content-Length: 0
                Contact: <sip:user@host105.example.com>


                """
        ),
    ];

    /// <summary>Section 3.1.1.7: its Via are spelt in every way, 33 of them before the one of the caller.</summary>
    private static string LongRequest()
    {
        string[] spellings =
        [
            "Via:",
            "v:",
            "V:",
            "Via:",
            "ViA:",
            "VIa:",
            "VIA:",
            "via:",
            "viA:",
            "vIa:",
            "vIA:",
            "V : ",
            "v : ",
            "V  :",
            "v  :",
            "Via :",
            "Via  :",
        ];
        var vias = string.Concat(
            Enumerable.Range(0, 33).Select(i => $"{(i < spellings.Length ? spellings[i] : "Via:")} SIP/2.0/TCP sip{33 - i}.example.com\n")
        );
        return $"""
                INVITE sip:user@example.com SIP/2.0
                To: "I have a user name of {Repeat("extreme", 10)} proportion"<sip:user@example.com:6000;unknownparam1=verylong{Repeat(
                    "long",
                    19
                )}value;longparam{Repeat("name", 25)}=shortvalue;verylong{Repeat("long", 24)}ParameterNameWithNoValue>
                F: sip:{Repeat("amazinglylongcallername", 5)}@example.net;tag=12{Repeat("982", 50)}424;unknownheaderparam{Repeat(
                    "name",
                    20
                )}=unknowheaderparam{Repeat("value", 15)};unknownValueless{Repeat("paramname", 10)}
                Call-ID: longreq.one{Repeat("really", 20)}longcallid
                CSeq: 3882340 INVITE
                Unknown-{Repeat(
                    "Long",
                    20
                )}-Name: unknown-{LongLong}-value; unknown-{LongLong}-parameter-name = unknown-{LongLong}-parameter-value
                {vias}Via: SIP/2.0/TCP host.example.com;received=192.0.2.5;branch=very{Repeat("long", 50)}branchvalue
                Max-Forwards: 70
                Contact: <sip:{Repeat("amazinglylongcallername", 5)}@host5.example.net>
                Content-Type: application/sdp
                l: 150


                """
            + Body("192.0.2.1");
    }
}
