"""German."""

from __future__ import annotations

from models._offline.phrases import Phrases

PHRASES = Phrases(
    quotes=("„", "“"),
    mirror={
        "heavy": (
            "Da klingt etwas Schweres mit, wenn du sagst: {q}.",
            "Ich höre {q}, und da möchte ich kurz langsamer werden.",
            "Leicht klingt das nicht, was du über {t} sagst.",
            "{q}: das ist keine kleine Sache.",
            "Dann ist {t} heute noch bei dir.",
            "Du sagst es schlicht, {q}, und doch klingt es wund.",
        ),
        "hot": (
            "In {q} steckt Kraft.",
            "Es klingt, als wäre mit {t} eine Grenze überschritten worden.",
            "{q}: etwas in dir will das nicht hinnehmen.",
            "Mir fällt auf, wie scharf {t} herauskommt.",
            "So wie du es sagst, war {t} dir gegenüber nicht fair.",
        ),
        "bright": (
            "In {q} ist etwas Helles.",
            "{t}: schön, dich so davon sprechen zu hören.",
            "Da geht etwas auf, wenn du sagst: {q}.",
            "Es klingt, als hätte {t} dir gutgetan.",
            "Du klingst lebendig, wenn es um {t} geht.",
        ),
        "sudden": (
            "{t} scheint dich überrascht zu haben.",
            "Also {q}, ganz plötzlich.",
            "Du klingst noch ein wenig erstaunt über {t}.",
            "{q}: das kam wohl unerwartet.",
        ),
        "plain": (
            "Du erzählst: {q}.",
            "Es geht also um {t}.",
            "Ich höre {q}, recht ruhig gesagt.",
            "Mal sehen, ob ich dir folge: {q}.",
            "Du bringst {t} mit.",
            "Gut, {t} liegt jetzt auf dem Tisch.",
            "{q}. Ich bin dabei.",
        ),
        "unsure": (
            "Ich höre {q}, und von hier aus kann ich nicht sagen, wie das für dich ist.",
            "Du sagst {q}; ich frage lieber, als zu raten.",
            "{t}: ich bin nicht sicher, wie es dir damit geht.",
            "Was ich höre, ist {q}. Was darunter liegt, weiß ich nicht.",
        ),
        "torn": (
            "Du sagst {q}, und dein Gesicht oder deine Stimme scheint noch etwas anderes zu erzählen.",
            "Vielleicht steckt in {t} zweierlei zugleich.",
            "Die Worte sind {q}; mir scheint, nicht alles in dir stimmt ihnen zu.",
        ),
    },
    stay=(
        "Ich nehme mit, was du über {t} sagst.",
        "{t} darf hier etwas Raum haben.",
        "Ich behalte {t} im Kopf, während wir reden.",
        "Gut, dass du {t} in Worte fasst.",
        "An {t} möchte ich nicht vorbeieilen.",
        "Du musst {t} noch nicht sortiert haben.",
        "{t} laut zu sagen, ist schon etwas.",
    ),
    recall=(
        "Vorhin sprachst du von {old}; vielleicht gehört {t} in die Nähe.",
        "Ich habe {old} von vorhin noch im Ohr, jetzt neben {t}.",
        "Erst {old}, jetzt {t}: das ist viel für ein Gespräch.",
        "Ich frage mich, ob {t} und {old} etwas miteinander zu tun haben.",
    ),
    open={
        "therapist": (
            "Wie ist das für dich?",
            "Magst du mehr davon erzählen?",
            "Was war der schwerste Moment?",
            "Und wie ist es jetzt, während du es sagst?",
            "Was hast du dann getan?",
            "Was würde dir gerade am meisten helfen?",
            "Was hättest du lieber gehört?",
            "Was löst das in dir aus?",
            "Was ist heute Abend noch davon übrig?",
            "Gab es so etwas schon einmal?",
            "Worauf hoffst du?",
        ),
        "coach": (
            "Was wäre ein erster kleiner Schritt?",
            "Was willst du stattdessen?",
            "Was kannst du daran ändern, und was nicht?",
            "Was tust du als Allernächstes?",
            "Welchen Teil willst du zuerst angehen?",
            "Was würde morgen ein wenig besser machen?",
            "Was hast du schon versucht?",
            "Woran würdest du merken, dass es geklappt hat?",
            "Wen könntest du fragen?",
            "Was kannst du loslassen?",
            "Was gibt dir dafür Kraft?",
        ),
    },
    ask={
        "therapist": (
            "Was an {t} geht dir am meisten nach?",
            "Was geht in dir vor, wenn du an {t} denkst?",
            "Wie lange ist das mit {t} schon so?",
            "Wo im Körper merkst du {t}?",
            "Was hättest du dir bei {t} gewünscht?",
            "Wer weiß noch, wie es dir mit {t} geht?",
            "Wann ist {t} ein wenig leichter?",
            "Was brauchst du am meisten, wenn es um {t} geht?",
            "Welchen Teil von {t} hast du noch niemandem erzählt?",
            "Was hat dir {t} vor dem heutigen Tag bedeutet?",
        ),
        "coach": (
            "Was ist eine Kleinigkeit an {t}, die du heute tun kannst?",
            "Welcher Teil von {t} liegt in deiner Hand?",
            "Wenn {t} morgen etwas besser läuft, woran merkst du es zuerst?",
            "Wer könnte dir bei {t} helfen?",
            "Was hat früher geholfen, als es um {t} ging?",
            "Auf einer Skala von eins bis zehn, wo steht {t} jetzt?",
            "Was würdest du einem Freund raten, der mit {t} zu dir kommt?",
            "Welcher Schritt bei {t} dauert keine zehn Minuten?",
            "Was kannst du weglassen, damit {t} leichter wird?",
            "Wann genau fängst du mit {t} an?",
        ),
    },
    deepen={
        "therapist": (
            "Wir können bei {t} bleiben, so lange du magst.",
            "Manchmal hat etwas wie {t} mehr als eine Schicht.",
            "Vielleicht berührt {t} auch etwas Älteres.",
            "Achte einmal auf deinen Atem, während du an {t} denkst.",
            "Es gibt kein Richtig oder Falsch im Umgang mit {t}.",
            "Mir fällt auf, dass du {t} selbst so genannt hast.",
            "Was du über {t} sagst, reicht für jetzt.",
        ),
        "coach": (
            "Machen wir {t} etwas kleiner, damit es in einen Tag passt.",
            "Bei {t} hilft es oft, anzufangen, bevor man sich bereit fühlt.",
            "Eines hast du für {t} schon getan: du hast es benannt.",
            "Schreib {t} in einer Zeile auf und lass den Rest liegen.",
            "Nicht alles an {t} muss gelöst werden, nur das nächste Stück.",
            "Eine feste Zeit für {t}, und sei es eine Viertelstunde, hilft mehr als ein guter Vorsatz.",
            "Was du mit {t} auch versuchst, nimm es als Versuch und nicht als Prüfung.",
        ),
    },
    short={
        "therapist": (
            "Ich bin da. Lass dir Zeit.",
            "Kurz ist auch in Ordnung.",
            "Du kannst irgendwo anfangen.",
            "Steckt da noch mehr dahinter?",
            "Was liegt gerade obenauf?",
            "Wir dürfen auch kurz still sein.",
            "Worüber würde es guttun zu reden?",
            "Wie war der Tag bisher?",
            "Was kommt dir als Erstes in den Sinn?",
        ),
        "coach": (
            "Gut. Was schauen wir uns an?",
            "Was würde dieses Gespräch lohnend machen?",
            "Nenne eine Sache, die gerade offen ist.",
            "Was soll bis heute Abend erledigt sein?",
            "Kurz ist gut. Was kommt als Nächstes?",
            "Was zählt heute am meisten?",
            "Was soll morgen anders sein?",
            "Wo möchtest du anfangen?",
            "Was ist das Kleinste, das wir jetzt klären können?",
        ),
    },
    greet={
        "therapist": ("Hallo, schön, dass du da bist. Was beschäftigt dich heute?",),
        "coach": ("Hallo, gut, dass du da bist. Womit möchtest du heute einen Schritt weiterkommen?",),
    },
    greet_again=("Hallo, da bist du wieder. Beim letzten Mal ging es darum: {old} Wie ist es heute?",),
    bye=("Auf Wiedersehen, und geh sanft um mit {t}.", "Mach es gut. Schön, dass ich zuhören durfte.", "Bis bald."),
    thanks=("Gern geschehen.", "Sehr gern.", "Schön, wenn es ein wenig geholfen hat.", "Gut, dass du da warst."),
    who=(
        "Ich bin ein kleines Programm auf diesem Rechner, das zuhört und nachfragt; kein Therapeut, und ich stelle keine Diagnose.",
        "Hier sitzt kein Mensch, nur ein Programm: es schätzt Ausdruck und Worte ein und irrt sich oft.",
        "Ich bin Software, ohne eigene Gefühle; hier zählt, was du sagst.",
    ),
    unknown=(
        "Zu {t} habe ich keine Fakten; ich bin ein kleines Programm, das zuhört.",
        "Die Antwort auf {t} weiß ich nicht, und erfinden möchte ich keine.",
        "Für {t} braucht es jemanden, der sich auskennt; laut mitdenken kann ich.",
    ),
    summary="Es ging um {t}.",
    stop=frozenset(
        (
            "der die das den dem des ein eine einen einem einer eines und oder aber wenn dann dass daß dies diese dieser "
            "dieses da dort hier ist bin bist war waren wird werde werden sein sind habe hab hast hat hatte haben ich du er "
            "sie es wir ihr mich mir dich dir uns euch ihn ihm ihnen mein meine meinen meinem meiner dein deine sein seine "
            "nicht kein keine keinen nein ja doch ok okay oh ach na nun auch noch schon wieder jetzt heute von zu zum zur in "
            "im an am auf bei für mit aus über nach durch um bis was wer wo wann warum wie welche welcher alle alles etwas "
            "nichts ding dinge kann kannst konnte soll sollte muss musste darf will wollte gehe geht ging mache macht machen "
            "denke weiß fühle fühl gefühl sage sagt gesagt sehr so viel mehr bisschen mal wirklich einfach eigentlich "
            "vielleicht weil also hallo hi hey danke bitte tschüss gut ganz nur man sich"
        ).split()
    ),
    hello_words=frozenset(("hallo", "hi", "hey", "moin", "morgen", "servus")),
    bye_words=frozenset(("tschüss", "tschüß", "ciao", "wiedersehen")),
    thanks_words=frozenset(("danke", "dankeschön", "dank")),
    who_words=r"\b(?:wer|was) bist du\b|\bbist du (?:ein[e]? )?(?:echt\w*|mensch|roboter|bot|maschine|programm|ki|therapeut\w*)\b",
    question_words=r"^(?:wer|was|wann|wo|welche[rs]?|wie (?:viele?|kann ich|soll ich|lange|weit|alt)|kannst du|weißt du|erzähl)\b",
)
