"""Dutch."""

from __future__ import annotations

from models._offline.phrases import Phrases

PHRASES = Phrases(
    quotes=("‘", "’"),
    mirror={
        "heavy": (
            "Er klinkt iets zwaars in door als je zegt: {q}.",
            "Ik hoor {q}, en daar wil ik even bij stilstaan.",
            "Het klinkt niet licht, wat je over {t} zegt.",
            "{q}: dat is niet niks om mee rond te lopen.",
            "Dus {t} is vandaag nog bij je.",
            "Je zegt het eenvoudig, {q}, en toch klinkt het gevoelig.",
        ),
        "hot": (
            "Er zit vuur in {q}.",
            "Het klinkt alsof {t} over een grens ging.",
            "{q}: iets in je legt zich daar niet bij neer.",
            "Ik merk hoe scherp {t} eruit komt.",
            "Zo te horen was {t} niet eerlijk tegenover jou.",
        ),
        "bright": (
            "Er zit licht in {q}.",
            "{t}: fijn om je daar zo over te horen.",
            "Er gaat iets open als je zegt: {q}.",
            "Het klinkt alsof {t} je goed heeft gedaan.",
            "Je klinkt levendig als het over {t} gaat.",
        ),
        "sudden": (
            "{t} lijkt je te hebben verrast.",
            "Dus {q}, zomaar ineens.",
            "Je klinkt nog een beetje verbaasd over {t}.",
            "{q}: dat had je zo te horen niet zien aankomen.",
        ),
        "plain": (
            "Je vertelt: {q}.",
            "Het gaat dus over {t}.",
            "Ik hoor {q}, vrij rustig gezegd.",
            "Even kijken of ik je volg: {q}.",
            "Je begint over {t}.",
            "Goed, {t} is wat er nu ligt.",
            "{q}. Ik luister.",
        ),
        "unsure": (
            "Ik hoor {q}, en van hier kan ik niet zien hoe dat voor je is.",
            "Je zegt {q}; ik vraag liever dan dat ik gok.",
            "{t}: ik weet niet zeker hoe dat bij je valt.",
            "Wat ik hoor is {q}. Wat eronder ligt, weet ik niet.",
        ),
        "torn": (
            "Je zegt {q}, en je gezicht of je stem lijkt er nog iets anders bij te vertellen.",
            "Misschien zitten er twee dingen tegelijk in {t}.",
            "De woorden zijn {q}; ik heb de indruk dat niet alles in je het daarmee eens is.",
        ),
    },
    stay=(
        "Ik neem mee wat je over {t} zegt.",
        "{t} mag hier wat ruimte krijgen.",
        "Ik houd {t} in gedachten terwijl we praten.",
        "Fijn dat je woorden geeft aan {t}.",
        "Aan {t} wil ik niet zomaar voorbijgaan.",
        "Je hoeft {t} nog niet op orde te hebben.",
        "Dat je {t} hardop zegt, is al iets.",
    ),
    recall=(
        "Eerder had je het over {old}; misschien hoort {t} daar in de buurt.",
        "Ik heb {old} van daarnet nog in gedachten, nu naast {t}.",
        "Eerst {old}, nu {t}: dat is best veel voor één gesprek.",
        "Ik vraag me af of {t} en {old} iets met elkaar te maken hebben.",
    ),
    open={
        "therapist": (
            "Hoe is dat voor je?",
            "Wil je er meer over vertellen?",
            "Wat was het moeilijkste moment?",
            "En hoe is het nu, terwijl je het zegt?",
            "Wat deed je toen?",
            "Wat zou je nu het meest helpen?",
            "Wat had je liever gehoord?",
            "Wat roept dat bij je op?",
            "Wat is er vanavond nog van over?",
            "Is zoiets eerder gebeurd?",
            "Waar hoop je op?",
        ),
        "coach": (
            "Wat zou een eerste kleine stap zijn?",
            "Wat wil je in plaats daarvan?",
            "Wat kun je eraan veranderen, en wat niet?",
            "Wat is het eerstvolgende dat je doet?",
            "Welk deel wil je het eerst aanpakken?",
            "Wat zou morgen een beetje beter maken?",
            "Wat heb je al geprobeerd?",
            "Waaraan merk je dat het gelukt is?",
            "Wie zou je kunnen vragen?",
            "Wat kun je loslaten?",
            "Wat geeft je er energie voor?",
        ),
    },
    ask={
        "therapist": (
            "Wat aan {t} blijft je het meest bij?",
            "Wat gaat er door je heen als je aan {t} denkt?",
            "Hoe lang is het al zo met {t}?",
            "Waar in je lichaam merk je {t}?",
            "Wat had je gewild, rond {t}?",
            "Wie weet er nog meer hoe {t} voor je is?",
            "Wanneer is {t} een beetje lichter?",
            "Wat heb je het meest nodig als het om {t} gaat?",
            "Welk stuk van {t} heb je nog aan niemand verteld?",
            "Wat betekende {t} vóór vandaag voor je?",
        ),
        "coach": (
            "Wat is één klein ding aan {t} dat je vandaag kunt doen?",
            "Welk deel van {t} heb je zelf in de hand?",
            "Als {t} morgen iets beter gaat, wat zie je dan als eerste?",
            "Wie zou je met {t} kunnen helpen?",
            "Wat werkte eerder, toen het om {t} ging?",
            "Op een schaal van één tot tien, waar staat {t} nu?",
            "Wat zou je een vriend aanraden die met {t} bij je kwam?",
            "Welke stap met {t} kost minder dan tien minuten?",
            "Wat kun je weglaten, zodat {t} makkelijker wordt?",
            "Wanneer precies begin je met {t}?",
        ),
    },
    deepen={
        "therapist": (
            "We kunnen bij {t} blijven zolang je wilt.",
            "Soms heeft iets als {t} meer dan één laag.",
            "Misschien raakt {t} ook iets van vroeger.",
            "Let eens op je adem terwijl je aan {t} denkt.",
            "Er is geen goede of foute manier om met {t} om te gaan.",
            "Het valt me op dat je zelf het woord {t} koos.",
            "Wat je over {t} zegt, is voor nu genoeg.",
        ),
        "coach": (
            "Laten we {t} iets kleiner maken, zodat het in één dag past.",
            "Bij {t} helpt het vaak om te beginnen voor je er klaar voor bent.",
            "Je hebt al één ding aan {t} gedaan: je hebt het benoemd.",
            "Schrijf {t} eens op in één regel en laat de rest liggen.",
            "Niet alles van {t} hoeft opgelost, alleen het volgende stukje.",
            "Een vast moment voor {t}, al is het een kwartier, helpt meer dan een goed voornemen.",
            "Wat je ook met {t} probeert, zie het als een proef en niet als een examen.",
        ),
    },
    short={
        "therapist": (
            "Ik ben er. Neem de tijd.",
            "Kort is ook goed.",
            "Je kunt overal beginnen.",
            "Zit er nog iets achter?",
            "Wat ligt er nu bovenop?",
            "We mogen ook even stil zijn.",
            "Waar wil je het over hebben?",
            "Hoe was je dag tot nu toe?",
            "Wat komt er als eerste in je op?",
        ),
        "coach": (
            "Goed. Waar kijken we naar?",
            "Wat zou dit gesprek de moeite waard maken?",
            "Noem één ding dat nu open ligt.",
            "Wat wil je vanavond af hebben?",
            "Kort mag. Wat is het volgende?",
            "Wat telt vandaag het meest?",
            "Wat wil je morgen anders?",
            "Waar wil je beginnen?",
            "Wat is het kleinste dat we nu kunnen regelen?",
        ),
    },
    greet={
        "therapist": ("Hallo, fijn dat je er bent. Waar ben je vandaag mee bezig?",),
        "coach": ("Hallo, goed dat je er bent. Waarmee wil je vandaag een stap verder komen?",),
    },
    greet_again=("Hallo, daar ben je weer. De vorige keer ging het hierover: {old} Hoe is het vandaag?",),
    bye=("Tot ziens, en wees mild met {t}.", "Het ga je goed. Fijn dat ik mocht luisteren.", "Tot de volgende keer."),
    thanks=("Graag gedaan.", "Met plezier.", "Fijn als het een beetje hielp.", "Goed dat je er was."),
    who=(
        "Ik ben een klein programma op deze machine dat luistert en terugvraagt; geen therapeut, en ik stel geen diagnose.",
        "Hier zit geen mens, alleen een programma: het schat uitdrukkingen en woorden in, en heeft het vaak mis.",
        "Ik ben software, zonder eigen gevoel; wat jij zegt telt hier.",
    ),
    unknown=(
        "Over {t} heb ik geen feiten; ik ben een klein programma dat luistert.",
        "Het antwoord op {t} weet ik niet, en ik wil er geen verzinnen.",
        "Voor {t} heb je iemand nodig die er verstand van heeft; ik kan wel meedenken.",
    ),
    summary="Het ging over {t}.",
    stop=frozenset(
        (
            "de het een en of maar als dan dat dit die deze daar er hier is ben bent was waren wordt word worden zijn heb "
            "hebt heeft had hadden hebben ik je jij jou jouw u uw we wij ons onze zij ze hun hij hem haar mij me mijn zich "
            "niet geen nee ja jawel oké ok oh ach nou wel ook nog al weer nu vandaag van te in op aan bij voor met uit over "
            "naar door om tot na wat wie waar wanneer waarom hoe welke alle iets niets alles ding dingen kan kun kunt kon "
            "zal zou zullen moet moest mag mocht wil wilde gaan ga gaat ging doe doet deed doen maak maakt denk denkt weet "
            "voel voelt gevoel zeg zegt zei heel erg zo te veel meer beetje even echt gewoon eigenlijk misschien want omdat "
            "dus toch hallo hoi hey dag dank bedankt graag goed"
        ).split()
    ),
    hello_words=frozenset(("hallo", "hoi", "hey", "dag", "goedemorgen", "goedenavond")),
    bye_words=frozenset(("doei", "tot", "dag", "ciao")),
    thanks_words=frozenset(("dank", "bedankt", "dankjewel")),
    who_words=r"\b(?:wie|wat) ben (?:je|jij)\b|\bben (?:je|jij) (?:een )?(?:echt\w*|mens|robot|bot|machine|programma|ai|therapeut)\b",
    question_words=r"^(?:wie|wat|wanneer|waar|welke?|hoe(?:veel| kan ik| moet ik)?|kun je|weet je|vertel)\b",
)
