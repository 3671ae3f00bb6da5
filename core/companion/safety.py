"""Clear statements of self-harm or danger, in five languages, and the one fixed answer to each. Pure.

Every engine gives way to it. It looks for what people plainly say, not for hints: a program that raises the alarm over
"this homework kills me" is soon ignored. It is a door to help, no detector of risk, and the screen says so. What is
plain stands in `danger/`, a table for each language; MODEL_CARD.md says how much of it is found.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.companion.danger.grammar import Danger
from core.companion.danger.languages import LANGUAGES

ANSWERS: Mapping[str, Mapping[Danger, str]] = {
    "en": {
        "self_harm": "Thank you for telling me. I am a program, and this needs a person.\n"
        "Please talk to someone now: in the US call or text 988, in the UK and Ireland call Samaritans on 116 123, "
        "elsewhere findahelpline.com lists who is there for you.\n"
        "If you are in immediate danger, call 112, 911 or 999.\n"
        "Is there someone near you whom you can call or sit with?",
        "danger": "I am a program and cannot protect you, but people can.\n"
        "If anyone is in danger now, call 112, 911 or 999, and go to a safe place if you can.\n"
        "In the US the domestic violence hotline is 1-800-799-7233, in the UK 0808 2000 247.\n"
        "Is there someone you trust whom you can reach right now?",
    },
    "nl": {
        "self_harm": "Dank je dat je dit zegt. Ik ben een programma, en hier is een mens voor nodig.\n"
        "Praat nu met iemand: in Nederland bel 113 of 0800-0113, in België bel 1813.\n"
        "Ben je direct in gevaar, bel 112.\n"
        "Is er iemand in de buurt die je kunt bellen of bij wie je kunt zijn?",
        "danger": "Ik ben een programma en kan je niet beschermen, maar mensen kunnen dat wel.\n"
        "Is er nu gevaar, bel 112 en ga naar een veilige plek als dat kan.\n"
        "Veilig Thuis is dag en nacht bereikbaar op 0800-2000, in België belt u 1712.\n"
        "Is er iemand die je vertrouwt en nu kunt bereiken?",
    },
    "de": {
        "self_harm": "Danke, dass du das sagst. Ich bin ein Programm, und hier braucht es einen Menschen.\n"
        "Bitte sprich jetzt mit jemandem: Telefonseelsorge 0800 1110111 oder 116 123, in Österreich 142, in "
        "der Schweiz 143.\n"
        "Bei unmittelbarer Gefahr wähle 112.\n"
        "Ist jemand in der Nähe, den du anrufen oder bei dem du sein kannst?",
        "danger": "Ich bin ein Programm und kann dich nicht schützen, aber Menschen können es.\n"
        "Ist jetzt jemand in Gefahr, wähle 110 oder 112 und geh an einen sicheren Ort, wenn du kannst.\n"
        "Das Hilfetelefon bei Gewalt ist Tag und Nacht unter 116 016 da.\n"
        "Gibt es jemanden, dem du vertraust und den du jetzt erreichst?",
    },
    "fr": {
        "self_harm": "Merci de me le dire. Je suis un programme, et ici il faut une personne.\n"
        "Parlez à quelqu'un maintenant : en France le 3114, en Belgique le 0800 32 123, en Suisse le 143.\n"
        "En cas de danger immédiat, appelez le 112 ou le 15.\n"
        "Y a-t-il quelqu'un près de vous que vous pouvez appeler ou rejoindre ?",
        "danger": "Je suis un programme et je ne peux pas vous protéger, mais des personnes le peuvent.\n"
        "Si quelqu'un est en danger maintenant, appelez le 17 ou le 112 et mettez-vous à l'abri si vous le pouvez.\n"
        "Le 3919 écoute les victimes de violences, jour et nuit.\n"
        "Y a-t-il quelqu'un de confiance que vous pouvez joindre tout de suite ?",
    },
    "es": {
        "self_harm": "Gracias por decírmelo. Soy un programa, y aquí hace falta una persona.\n"
        "Habla ahora con alguien: en España llama al 024, en México al 800 911 2000, "
        "y en findahelpline.com hay ayuda en otros países.\n"
        "Si hay peligro inmediato, llama al 112 o al 911.\n"
        "¿Hay alguien cerca a quien puedas llamar o con quien puedas estar?",
        "danger": "Soy un programa y no puedo protegerte, pero hay personas que sí pueden.\n"
        "Si alguien está en peligro ahora, llama al 112 o al 911 y ve a un lugar seguro si puedes.\n"
        "En España el 016 atiende a víctimas de violencia a todas horas.\n"
        "¿Hay alguien de confianza a quien puedas avisar ahora mismo?",
    },
}


def detect(text: str, language: str) -> Danger | None:
    """What is plainly said in any of the five languages, whichever is set; None for everything else."""
    del language  # people fall back on their mother tongue when it is serious
    found = {danger for one in LANGUAGES.values() for danger in one.dangers(text)}
    return "self_harm" if "self_harm" in found else next(iter(found), None)


def answer(danger: Danger, language: str) -> str:
    """The fixed answer, a sentence or two a line; English where the language is not one of the five."""
    return ANSWERS.get(language.partition("-")[0].lower(), ANSWERS["en"])[danger]
