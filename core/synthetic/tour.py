"""The script of the demo: every view of the live page within 78 seconds, three expressions and a mask within twelve."""

from __future__ import annotations

from core.synthetic.script import Line, Passer, Scene, Script

_FLAT = {"neutral": 0.1, "sad": 0.3, "fear": 0.25, "angry": 0.2}
"""of a face turned away: nothing that leads"""

TOUR = Script(
    duration_s=78.0,
    scenes=(
        Scene(0.0, {"neutral": 0.90, "happy": 0.05}),
        Scene(3.2, {"happy": 0.92}),
        Scene(5.8, {"surprise": 0.90}),
        Scene(7.8, {"happy": 0.96}),  # smiles, while the voice is angry
        Scene(12.0, {"neutral": 0.80, "happy": 0.12}),
        Scene(17.0, {"happy": 0.80, "neutral": 0.15}),
        Scene(20.5, {"happy": 0.95, "surprise": 0.03}),
        Scene(24.5, {"happy": 0.55, "neutral": 0.40}),
        Scene(27.0, {"neutral": 0.85, "happy": 0.08}),
        Scene(30.0, _FLAT, quality=0.25, reasons=("turned_away",)),
        Scene(35.5, {"neutral": 0.86, "happy": 0.05}),
        Scene(45.0, {"neutral": 0.86}, has_face=False),
        Scene(50.0, {"neutral": 0.70, "sad": 0.20}),
        Scene(51.5, {"sad": 0.85, "neutral": 0.10}),
        Scene(58.5, {"surprise": 0.92, "fear": 0.05}),
        Scene(62.5, {"neutral": 0.70, "surprise": 0.15}),
        Scene(64.2, {"angry": 0.85, "disgust": 0.10}),
        Scene(68.8, {"neutral": 0.85, "happy": 0.10}),
    ),
    lines=(
        Line(
            *(0.8, 2.6, "hello this is a made up conversation"),
            words={"neutral": 0.50, "happy": 0.25, "surprise": 0.15},
            voice={"neutral": 0.70, "happy": 0.20},
        ),
        Line(
            *(8.2, 10.8, "no it is fine really I am happy with it"),
            words={"happy": 0.78, "neutral": 0.12},
            voice={"angry": 0.88, "disgust": 0.05},
        ),
        Line(
            *(19.0, 22.0, "and then the whole room began to laugh"),
            words={"happy": 0.82, "surprise": 0.08},
            voice={"happy": 0.70, "surprise": 0.15},
        ),
        Line(
            *(52.0, 55.6, "I had hoped to see them once more"),
            words={"sad": 0.74, "neutral": 0.12},
            voice={"sad": 0.62, "neutral": 0.20},
        ),
        Line(
            *(59.4, 61.6, "oh I did not expect that at all"),
            words={"surprise": 0.70, "sad": 0.08},
            voice={"surprise": 0.65, "fear": 0.15},
        ),
        Line(
            *(65.0, 67.4, "yes of course I am so happy for them"),
            words={"happy": 0.86, "neutral": 0.06},
            voice={"angry": 0.80, "neutral": 0.10},
        ),
        Line(71.0, 71.0, "I typed this one instead of saying it.", words={"neutral": 0.85}, origin="typed"),
    ),
    passers=(Passer(53.5, 60.5, {"neutral": 0.70, "happy": 0.20}),),
)
