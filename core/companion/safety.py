"""Clear statements of self-harm or danger, in five languages, and the one fixed answer to each. Pure.

Every engine gives way to it. It looks for what people plainly say, not for hints: a program that raises the alarm over
"this homework kills me" is soon ignored. It is a door to help, no detector of risk, and the screen says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Literal

Danger = Literal["self_harm", "danger"]

_EN_I = r"(?:i|i'm|im|i am|i'd|i've|i'll)"
SELF_HARM: tuple[str, ...] = (
    # English: an intention or an urge, not an accident ("I cut myself shaving")
    r"\b(?:want|wanna|going|gonna|think|thinking|thought|thoughts|plan|planning|urge|feel like|about|will|might|could|i'll)"  # noqa: E501
    r"\b.{0,25}\b(?:kill|hurt|harm|hang|cut)(?:t?ing)? my ?self\b",
    rf"\b{_EN_I} (?:keep |have been |been )?(?:hurting|harming|cutting) my ?self\b",
    r"\b(?:i|i just|i really) (?:want|wanna|wish|would rather) (?:to )?(?:just )?(?:die|be dead)\b|\bi(?:'d| would) rather be dead\b",  # noqa: E501
    r"\b(?:i wish i (?:was|were) dead|i (?:don't|do not|dont) want to (?:live|be alive|exist|wake up)(?: any ?more)?)\b",  # noqa: E501
    rf"\b{_EN_I}\b.{{0,40}}\b(?:suicidal|commit(?:ting)? suicide)\b|\b(?:take|taking|end|ending) my own life\b|\bend my life\b",  # noqa: E501
    rf"\b{_EN_I}\b.{{0,20}}\b(?:better off dead|end it all)\b|\bbetter off if i (?:was|were) dead\b",
    # Dutch
    r"\bik wil (?:(?!niet\b|geen\b)\w+ )?(?:dood|sterven|mezelf (?:iets aandoen|pijn doen|doden|ombrengen|van kant maken))\b",  # noqa: E501
    r"\bik wil (?:\w+ )?(?:er niet meer zijn|niet meer leven)\b",
    r"\bik (?:ga|wil|pleeg|denk (?:aan|over)) (?:(?!niet\b|geen\b)\w+ )?zelfmoord\b",
    r"\ber een ein(?:de|d) aan (?:te )?maken\b|\bmezelf (?:te )?(?:snijden|van kant maken|ophangen|iets aandoen|ombrengen|doden)\b",  # noqa: E501
    # German
    r"\bich (?:will|mochte|mag|kann) (?:\w+ ){0,2}nicht mehr (?:leben|da sein|weiterleben)\b",
    r"\bich (?:will|mochte) (?:(?!nicht\b|nie\b)\w+ ){0,2}(?:sterben|tot sein)\b",
    r"\bich (?:(?!nicht\b|nie\b)\w+ ){0,4}(?:mich (?:(?!nicht\b|nie\b)\w+ )?(?:umbringen|selbst verletzen|erhangen)|mir das leben nehmen)\b",  # noqa: E501
    r"\b(?:ich )?bringe? mich um\b|\bich (?:(?!nicht\b)\w+ ){0,3}(?:selbstmord|suizid)\b|\b(?:selbstmord|suizid)gedanken\b",  # noqa: E501
    # French
    r"\bje (?:veux|voudrais|vais|pense a) (?:(?!pas\b|plus\b|jamais\b)\w+ )?(?:mourir|me tuer|me suicider|en finir|me faire du mal)\b",  # noqa: E501
    r"\bj'ai envie de (?:mourir|me tuer|me suicider|en finir|me faire du mal)\b",
    r"\bje (?:ne )?(?:veux|peux) plus vivre\b|\bmettre fin a mes jours\b",
    # Spanish
    r"(?<!no )\b(?:quiero|voy a|pienso en|tengo ganas de|ganas de|deseo) (?:(?!no\b|nunca\b)\w+ )?"
    r"(?:morir(?:me)?|matarme|suicidarme|hacerme dano|quitarme la vida|estar muert[oa])\b",
    r"(?<!no )\bme (?:quiero|voy a|quisiera) (?:morir|matar|suicidar|hacer dano|quitar la vida)\b",
    r"\bno quiero (?:seguir viviendo|vivir(?: mas)?)\b|\bacabar con mi vida\b",
)
DANGER: tuple[str, ...] = (
    r"\b(?:he|she|they|someone|somebody|my (?:husband|wife|father|mother|dad|mum|mom|partner|boyfriend"
    r"|girlfriend|ex|boss))"
    r"(?:'s| is| are)? (?:\w+ )?(?:beat(?:s|ing)?|hit(?:s|ting)?|threaten(?:s|ing|ed)?|chok(?:es|ing)|attack(?:s|ing)?"
    r"|going to (?:hit|hurt|kill)|trying to kill|wants to kill) me\b",
    r"\bi(?:'m| am) (?:being (?:abused|raped|beaten|attacked|stalked)|in danger)\b|\b(?:i was|been) raped\b",
    rf"\b{_EN_I}\b.{{0,30}}\b(?:going to|gonna|want to|will) (?:kill|shoot|stab) (?:him|her|them|someone|somebody|people)\b",  # noqa: E501
    r"\b(?:hij|zij|ze|mijn (?:man|vrouw|vader|moeder|vriend|vriendin|ex)) (?:\w+ )?"
    r"(?:slaat|bedreigt|mishandelt|verkracht|stalkt) (?:me|mij)\b|\bik ben in gevaar\b"
    r"|\bik word (?:mishandeld|bedreigd)\b",
    r"\b(?:er|sie|mein (?:mann|vater|freund|ex)|meine (?:frau|mutter|freundin)) (?:\w+ )?"
    r"(?:schlagt|bedroht|misshandelt|vergewaltigt|verfolgt) mich\b|\bich bin in gefahr\b|\bich werde (?:bedroht|geschlagen)\b",  # noqa: E501
    r"\b(?:il|elle|mon (?:mari|pere|copain|ex)|ma (?:femme|mere|copine)) me (?:frappe|bat|menace|viole|harcele)\b"
    r"|\bje suis en danger\b",
    r"\b(?:el|ella|mi (?:marido|mujer|padre|madre|novio|novia|ex|pareja)) me (?:pega|golpea|amenaza|viola"
    r"|maltrata|acosa)\b"
    r"|\bestoy en peligro\b",
)
NOT_MEANT = re.compile(
    r"\b(?:dying (?:to|of laughter|for)|die (?:of|for|from) (?:laugh\w*|embarrass\w*|boredom|a |an |shame|to )"
    r"|dead tired|ik lach me dood|lache? mich (?:tot|kaputt)|mort de rire|muero de (?:risa|hambre|ganas|sed)"
    r"|would never (?:kill|hurt|harm)|don'?t want to (?:die|kill|hurt|harm|cut)|not (?:feeling )?suicidal"
    r"|never (?:kill|hurt|harm|cut) my ?self)\b"
)
"""ways of speaking, and the plain opposite"""

_SELF_HARM = re.compile("|".join(SELF_HARM))
_DANGER = re.compile("|".join(DANGER))

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
    plain = _plain(text)
    if NOT_MEANT.search(plain):
        plain = NOT_MEANT.sub(" ", plain)
    if _SELF_HARM.search(plain):
        return "self_harm"
    return "danger" if _DANGER.search(plain) else None


def answer(danger: Danger, language: str) -> str:
    """The fixed answer, a sentence or two a line; English where the language is not one of the five."""
    return ANSWERS.get(language.partition("-")[0].lower(), ANSWERS["en"])[danger]


def _plain(text: str) -> str:
    """Lower case, no accents, straight apostrophes, single spaces; the first and last 4,000 characters."""
    text = text if len(text) <= 8_000 else f"{text[:4_000]} {text[-4_000:]}"
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return re.sub(r"[^\w']+", " ", bare.replace("’", "'").replace("`", "'")).strip()
