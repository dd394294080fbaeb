"""Plays what the line says at a desk (sounddevice)."""

from recognizer.errors import SoundError

RATE = 8000
"""Hz of all sound of the line."""
_BLOCK = RATE // 10 * 2  # bytes of a tenth of a second


def play(pcm: bytes) -> None:
    """Plays 16-bit mono sound of 8 kHz; returns at its end. Raises SoundError without sound card or PortAudio."""
    try:
        # PortAudio is looked for at import: a server without a sound card must never need it.
        import sounddevice

        with sounddevice.RawOutputStream(samplerate=RATE, channels=1, dtype="int16") as speaker:
            for start in range(0, len(pcm), _BLOCK):
                speaker.write(pcm[start : start + _BLOCK])
    except (ImportError, OSError, ValueError) as error:
        raise _no_sound(error) from error
    except sounddevice.PortAudioError as error:
        raise _no_sound(error) from error


def _no_sound(why: Exception) -> SoundError:
    return SoundError(f"这台机器上放不出声音：{why}。请写进文件，用别的机器听：--wav 文件")
