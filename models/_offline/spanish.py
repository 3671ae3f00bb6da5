"""Spanish."""

from __future__ import annotations

from models._offline.phrases import Phrases

PHRASES = Phrases(
    quotes=("«", "»"),
    mirror={
        "heavy": (
            "Se oye algo pesado cuando dices {q}.",
            "Oigo {q}, y me gustaría detenerme ahí un momento.",
            "No suena ligero lo que cuentas de {t}.",
            "{q}: no es poca cosa para llevar encima.",
            "Así que {t} sigue contigo hoy.",
            "Lo dices con sencillez, {q}, y aun así suena a herida.",
        ),
        "hot": (
            "Hay fuerza en {q}.",
            "Suena como si {t} hubiera pasado un límite.",
            "{q}: algo en ti no quiere aceptarlo.",
            "Noto lo afilado que sale {t}.",
            "Por cómo lo dices, {t} no fue justo contigo.",
        ),
        "bright": (
            "Hay luz en {q}.",
            "{t}: da gusto oírte hablar así de eso.",
            "Algo se abre cuando dices {q}.",
            "Suena como si {t} te hubiera hecho bien.",
            "Tu voz se anima cuando llegas a {t}.",
        ),
        "sudden": (
            "Parece que {t} te tomó por sorpresa.",
            "Así que {q}, de repente.",
            "Todavía suenas algo asombrado por {t}.",
            "{q}: eso no lo veías venir.",
        ),
        "plain": (
            "Me cuentas: {q}.",
            "Se trata entonces de {t}.",
            "Oigo {q}, dicho con bastante calma.",
            "A ver si te sigo: {q}.",
            "Traes {t}.",
            "Bien, {t} es lo que está aquí ahora.",
            "{q}. Te escucho.",
        ),
        "unsure": (
            "Oigo {q}, y desde aquí no sé cómo es eso para ti.",
            "Dices {q}; prefiero preguntar que adivinar.",
            "{t}: no estoy seguro de cómo lo llevas.",
            "Lo que oigo es {q}. Lo que hay debajo, no lo sé.",
        ),
        "torn": (
            "Dices {q}, y tu cara o tu voz parece contar algo más.",
            "Quizá haya dos cosas a la vez en {t}.",
            "Las palabras son {q}; me da la impresión de que no todo en ti está de acuerdo.",
        ),
    },
    stay=(
        "Me quedo con lo que dices de {t}.",
        "{t} merece un poco de espacio.",
        "Tengo presente {t} mientras hablamos.",
        "Gracias por poner {t} en palabras.",
        "No quisiera pasar deprisa por {t}.",
        "No hace falta tener {t} resuelto todavía.",
        "Decir {t} en voz alta ya es algo.",
    ),
    recall=(
        "Antes hablabas de {old}; quizá {t} no esté lejos.",
        "Todavía tengo {old} en mente, ahora junto a {t}.",
        "Primero {old}, ahora {t}: es bastante para una conversación.",
        "Me pregunto si {t} y {old} tienen algo que ver.",
    ),
    open={
        "therapist": (
            "¿Cómo es eso para ti?",
            "¿Quieres contar algo más?",
            "¿Cuál fue el momento más difícil?",
            "¿Y ahora, mientras lo dices?",
            "¿Qué hiciste entonces?",
            "¿Qué te ayudaría más en este momento?",
            "¿Qué habrías preferido oír?",
            "¿Qué despierta eso en ti?",
            "¿Qué queda de ello esta noche?",
            "¿Había pasado antes algo así?",
            "¿Qué esperas?",
        ),
        "coach": (
            "¿Cuál sería un primer paso pequeño?",
            "¿Qué quieres en su lugar?",
            "¿Qué puedes cambiar de ello, y qué no?",
            "¿Qué es lo siguiente que harás?",
            "¿Por qué parte empezarías?",
            "¿Qué haría que mañana fuera un poco mejor?",
            "¿Qué has intentado ya?",
            "¿En qué notarías que ha funcionado?",
            "¿A quién podrías preguntar?",
            "¿Qué puedes soltar?",
            "¿Qué te da energía para ello?",
        ),
    },
    ask={
        "therapist": (
            "¿Qué es lo que más se te queda de {t}?",
            "¿Qué pasa en ti cuando piensas en {t}?",
            "¿Desde cuándo es así con {t}?",
            "¿En qué parte del cuerpo notas {t}?",
            "¿Qué habrías deseado con {t}?",
            "¿Quién más sabe cómo es {t} para ti?",
            "¿Cuándo resulta {t} un poco más fácil?",
            "¿Qué es lo que más necesitas cuando se trata de {t}?",
            "¿Qué parte de {t} no le has contado todavía a nadie?",
            "¿Qué significaba {t} para ti antes de hoy?",
        ),
        "coach": (
            "¿Qué pequeña cosa de {t} podrías hacer hoy?",
            "¿Qué parte de {t} está en tus manos?",
            "Si {t} fuera mañana un poco mejor, ¿qué verías primero?",
            "¿Quién podría echarte una mano con {t}?",
            "¿Qué funcionó antes, cuando se trataba de {t}?",
            "Del uno al diez, ¿dónde está ahora {t}?",
            "¿Qué le dirías a un amigo que viniera con {t}?",
            "¿Qué paso con {t} lleva menos de diez minutos?",
            "¿Qué podrías dejar de lado para que {t} sea más sencillo?",
            "¿Cuándo exactamente empezarías con {t}?",
        ),
    },
    deepen={
        "therapist": (
            "Podemos quedarnos con {t} el tiempo que quieras.",
            "A veces algo como {t} tiene más de una capa.",
            "Quizá {t} toque también algo más antiguo.",
            "Fíjate en tu respiración mientras piensas en {t}.",
            "No hay una manera correcta de vivir {t}.",
            "Noto que elegiste tú las palabras {t}.",
            "Lo que dices de {t} basta por ahora.",
        ),
        "coach": (
            "Hagamos {t} un poco más pequeño, para que quepa en un día.",
            "Con {t} suele ayudar empezar antes de sentirse listo.",
            "Ya has hecho algo por {t}: le has puesto nombre.",
            "Escribe {t} en una línea y deja el resto.",
            "No hay que resolver todo {t}, solo el siguiente trozo.",
            "Una hora fija para {t}, aunque sea un cuarto de hora, vale más que un buen propósito.",
            "Lo que pruebes con {t}, tómalo como ensayo y no como examen.",
        ),
    },
    short={
        "therapist": (
            "Aquí estoy. Tómate tu tiempo.",
            "Breve, y está bien así.",
            "Puedes empezar por donde quieras.",
            "¿Hay algo más detrás?",
            "¿Qué es lo primero que asoma?",
            "También podemos callar un momento.",
            "¿De qué te haría bien hablar?",
            "¿Cómo ha ido el día hasta ahora?",
            "Cuéntame tanto o tan poco como quieras.",
        ),
        "coach": (
            "Bien. ¿Qué miramos?",
            "¿Qué haría que esta charla valiera la pena?",
            "Nombra una cosa que esté pendiente.",
            "¿Qué quieres tener hecho esta noche?",
            "Breve está bien. ¿Qué sigue?",
            "¿Qué cuenta más hoy?",
            "¿Qué te gustaría distinto mañana?",
            "¿Por dónde quieres empezar?",
            "¿Qué es lo más pequeño que podemos dejar resuelto ahora?",
        ),
    },
    greet={
        "therapist": ("Hola, qué bien que estés aquí. ¿Qué tienes hoy en mente?",),
        "coach": ("Hola, qué bien que estés aquí. ¿En qué te gustaría avanzar hoy un paso?",),
    },
    greet_again=("Hola de nuevo. La última vez se trataba de esto: {old} ¿Cómo va hoy?",),
    bye=("Adiós, y cuida de {t}.", "Que te vaya bien. Me alegró escucharte.", "Hasta pronto."),
    thanks=("De nada.", "Con gusto.", "Me alegro si ayudó un poco.", "Qué bien que vinieras."),
    who=(
        "Soy un pequeño programa en esta máquina que escucha y pregunta; no soy terapeuta ni puedo diagnosticar nada.",
        "Aquí no hay nadie, solo un programa: estima expresiones y palabras, y se equivoca a menudo.",
        "Soy software, sin sentimientos propios; aquí cuenta lo que tú dices.",
    ),
    unknown=(
        "Sobre {t} no tengo datos; soy un pequeño programa que escucha.",
        "No sé la respuesta a {t}, y no quiero inventarla.",
        "Para {t} hace falta alguien que sepa del asunto; puedo ayudarte a pensar en voz alta.",
    ),
    summary="Se trataba de {t}.",
    stop=frozenset(
        (
            "el la los las un una unos unas de del al y o u pero si entonces que quien qué quién cual esto esta este estos "
            "estas eso esa ese aquello aquí ahí allí es soy eres somos son era fui fue ser estoy estás está estamos están "
            "estaba estar he has ha hemos han había haber hay yo tú él ella nosotros ellos me te se nos os le les lo mi mis "
            "tu tus su sus nuestro no sí ya ok oh ah bueno bien muy mucho mucha muchos más menos también aún todavía siempre "
            "ahora hoy en con sin sobre por para a ante desde hasta entre cuando donde dónde cómo como porque pues tan tanto "
            "todo toda todos nada algo cosa cosas puedo puede poder debo debe quiero quiere voy va ir hago hace hacer digo "
            "dice decir dicho pienso creo sé siento sentir realmente solo quizá hola adiós gracias poco igual mismo"
        ).split()
    ),
    hello_words=frozenset(("hola", "buenas", "buenos")),
    bye_words=frozenset(("adiós", "chao", "hasta")),
    thanks_words=frozenset(("gracias",)),
    who_words=r"\b(?:quién|qué) eres\b|\beres (?:una? )?(?:real|human[oa]|persona|robot|bot|máquina|programa|ia|terapeuta)\b",
    question_words=r"^(?:quién|qué|cuándo|dónde|cuál(?:es)?|cuánt[oa]s?|cómo (?:puedo|se|hago)|puedes|sabes|dime)\b",
)
