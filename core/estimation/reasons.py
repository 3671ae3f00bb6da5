"""Reason codes: why a reading is worth less, which rule changed it, why there is none, and what contradicts what."""

from __future__ import annotations

REASONS: dict[str, dict[str, str]] = {
    "a face": {
        "too_small": "the face is small in the picture",
        "off_frame": "part of the face lies outside the picture",
        "low_light": "the face is dark",
        "too_bright": "the face is washed out",
        "blurred": "the face is out of focus, or moves",
        "turned_away": "the face looks to a side",
        "occluded": "something covers the eyes or the mouth",
        "low_detector_score": "the detector itself is unsure that this is a face",
    },
    "a voice": {
        "too_quiet": "the speech is hardly louder than silence",
        "clipping": "the microphone is overdriven",
        "noisy": "the speech hardly stands out from what else is heard",
        "narrow_band": "nothing is heard above a telephone's band",
        "whispered": "the speech has no tone: it is whispered, or hoarse",
        "short_speech": "the speech is shorter than the model wants",
        "no_voice_activity": "little of the window is speech",
    },
    "words": {
        "short_text": "fewer than ten characters",
        "no_words": "no letter in it; also: nothing was said or typed that could be read",
        "other_script": "a script the text model has not learned",
        "unlearned_language": "a language the text model has not learned, or hardly (Polish)",
        "long_text": "longer than what the model reads; the beginning was read",
        "unsure_transcript": "the transcriber itself is unsure",
    },
    "a rule for words": {
        "negation": '"not happy", "I wish I were": most of what the net gave the named expression went elsewhere',
        "idle_negation": '"never so happy", "isn\'t it great": negates nothing; what is named got a share',
        "intensifier": '"so very sad" was sharpened, or "a bit sad" flattened',
        "hedge": '"I\'m fine" says little: nothing but neutral keeps more than half',
        "question": "a plain question: part of the reading moved to neutral",
        "emoji": "what the emoji show counts beside the words",
    },
    "nothing to read": {
        "no_face": "no face was found",
        "no_speech": "nobody spoke",
    },
    "an abstention": {
        "stale": "all that was read is too old to count",
        "no_modality": "nothing has been read yet",
        "low_confidence": "the best expression is not probable enough",
    },
    "a disagreement": {
        "face_voice_conflict": "face and voice say different things, both well read",
        "face_text_conflict": "face and words say different things, both well read",
        "voice_text_conflict": "voice and words say different things, both well read",
        "possible_masking": "a face of one sign over a voice or words of the other, such as a smile over sad words",
    },
}
"""what the code is about -> the code -> what it says; pages have words of their own for each"""
