"""A software telephone that calls once, presses one digit, and waits until the other side hangs up.

Usage: phone.py SIP-URI DIGIT SECONDS. Exits 0 when the call was answered, the digit was sent and the other side ended
the call. A process of its own: pjproject is GPL.
"""

import gc
import sys
import time

import pjsua2 as pj


class Call(pj.Call):  # type: ignore[misc]
    """One outgoing call that presses `digit` as soon as its audio runs."""

    def __init__(self, account: pj.Account, digit: str) -> None:
        super().__init__(account)
        self.digit = digit
        self.media = False
        self.over = False
        self.reason = ""

    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        """pjsua2's name."""
        info = self.getInfo()
        self.over = info.state == pj.PJSIP_INV_STATE_DISCONNECTED
        self.reason = f"{info.lastStatusCode} {info.lastReason}"

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        """pjsua2's name."""
        info = self.getInfo()
        self.media = any(media.status == pj.PJSUA_CALL_MEDIA_ACTIVE for media in info.media)


def start() -> pj.Endpoint:
    """An endpoint on a free loopback port, without sound card and without threads of its own."""
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.logConfig.level = config.logConfig.consoleLevel = 3
    config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
    endpoint.libInit(config)
    endpoint.audDevManager().setNullDev()
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.codecSetPriority("PCMA/8000", 255)
    return endpoint


def dial(endpoint: pj.Endpoint, uri: str, digit: str, seconds: float) -> str:
    """Call, press, wait for the end of the call; returns what went wrong, or nothing."""
    deadline = time.monotonic() + seconds
    config = pj.AccountConfig()
    config.idUri = "sip:check@127.0.0.1"
    config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    account = pj.Account()
    account.create(config)
    call = Call(account, digit)
    options = pj.CallOpParam(True)
    options.opt.audioCount, options.opt.videoCount, options.opt.textCount = 1, 0, 0
    call.makeCall(uri, options)
    pressed = False
    while not call.over:
        endpoint.libHandleEvents(10)
        if call.media and not pressed:
            call.dialDtmf(digit)
            pressed = True
        if time.monotonic() > deadline:
            endpoint.hangupAllCalls()
            return f"no end of the call within {seconds} s (last: {call.reason})"
    return "" if pressed else f"not answered: {call.reason}"


def main() -> None:
    """Make the call of the command line."""
    uri, digit, seconds = sys.argv[1:]
    endpoint = start()
    fault = dial(endpoint, uri, digit, float(seconds))
    gc.collect()
    endpoint.libDestroy()
    sys.exit(fault or 0)


if __name__ == "__main__":
    main()
