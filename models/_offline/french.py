"""French."""

from __future__ import annotations

from models._offline.phrases import Phrases

PHRASES = Phrases(
    quotes=("« ", " »"),
    mirror={
        "heavy": (
            "On entend quelque chose de lourd quand vous dites {q}.",
            "J'entends {q}, et j'aimerais m'y arrêter un instant.",
            "Cela ne semble pas léger, ce que vous dites de {t}.",
            "{q} : ce n'est pas rien à porter.",
            "Alors {t} est encore là aujourd'hui.",
            "Vous le dites simplement, {q}, et pourtant cela paraît à vif.",
        ),
        "hot": (
            "Il y a de la force dans {q}.",
            "On dirait que {t} a franchi une limite.",
            "{q} : quelque chose en vous ne l'accepte pas.",
            "Je remarque comme {t} sort avec netteté.",
            "À vous entendre, {t} n'était pas juste envers vous.",
        ),
        "bright": (
            "Il y a de la lumière dans {q}.",
            "{t} : c'est bon de vous entendre en parler ainsi.",
            "Quelque chose s'ouvre quand vous dites {q}.",
            "On dirait que {t} vous a fait du bien.",
            "Votre ton s'anime quand vous en venez à {t}.",
        ),
        "sudden": (
            "{t} semble vous avoir pris de court.",
            "Donc {q}, tout d'un coup.",
            "Vous paraissez encore un peu étonné par {t}.",
            "{q} : cela, vous ne l'aviez pas vu venir.",
        ),
        "plain": (
            "Vous me dites : {q}.",
            "Il s'agit donc de {t}.",
            "J'entends {q}, dit assez calmement.",
            "Voyons si je vous suis : {q}.",
            "Vous apportez {t}.",
            "Bien, {t} est ce qui est là maintenant.",
            "{q}. Je vous écoute.",
        ),
        "unsure": (
            "J'entends {q}, et d'ici je ne sais pas ce que c'est pour vous.",
            "Vous dites {q} ; je préfère demander que deviner.",
            "{t} : je ne suis pas sûr de la façon dont vous le vivez.",
            "Ce que j'entends, c'est {q}. Ce qu'il y a dessous, je l'ignore.",
        ),
        "torn": (
            "Vous dites {q}, et votre visage ou votre voix semble raconter autre chose encore.",
            "Il y a peut-être deux choses à la fois dans {t}.",
            "Les mots sont {q} ; j'ai l'impression que tout en vous n'est pas d'accord.",
        ),
    },
    stay=(
        "Je retiens ce que vous dites de {t}.",
        "{t} mérite un peu de place.",
        "Je garde {t} en tête pendant que nous parlons.",
        "Merci de mettre des mots sur {t}.",
        "Je ne voudrais pas passer trop vite sur {t}.",
        "Rien ne presse pour démêler {t}.",
        "Dire {t} à voix haute, c'est déjà quelque chose.",
    ),
    recall=(
        "Tout à l'heure vous parliez de {old} ; {t} n'en est peut-être pas loin.",
        "J'ai encore {old} à l'oreille, maintenant à côté de {t}.",
        "D'abord {old}, puis {t} : cela fait beaucoup pour une conversation.",
        "Je me demande si {t} et {old} ont un lien.",
    ),
    open={
        "therapist": (
            "Comment est-ce pour vous ?",
            "Voulez-vous en dire plus ?",
            "Quel a été le moment le plus dur ?",
            "Et maintenant, pendant que vous le dites ?",
            "Qu'avez-vous fait alors ?",
            "Qu'est-ce qui vous aiderait le plus en ce moment ?",
            "Qu'auriez-vous préféré entendre ?",
            "Qu'est-ce que cela éveille en vous ?",
            "Qu'en reste-t-il ce soir ?",
            "Est-ce déjà arrivé auparavant ?",
            "Qu'espérez-vous ?",
        ),
        "coach": (
            "Quel serait un premier petit pas ?",
            "Que voulez-vous à la place ?",
            "Que pouvez-vous y changer, et quoi non ?",
            "Quelle est la toute prochaine chose que vous ferez ?",
            "Par quelle partie commenceriez-vous ?",
            "Qu'est-ce qui rendrait demain un peu meilleur ?",
            "Qu'avez-vous déjà essayé ?",
            "À quoi verriez-vous que cela a marché ?",
            "À qui pourriez-vous demander ?",
            "Que pouvez-vous laisser tomber ?",
            "Qu'est-ce qui vous donne de l'énergie pour cela ?",
        ),
    },
    ask={
        "therapist": (
            "Qu'est-ce qui, dans {t}, vous reste le plus ?",
            "Que se passe-t-il en vous quand vous pensez à {t} ?",
            "Depuis quand est-ce ainsi avec {t} ?",
            "Où dans le corps sentez-vous {t} ?",
            "Qu'auriez-vous souhaité autour de {t} ?",
            "Qui d'autre sait ce que {t} représente pour vous ?",
            "Quand {t} est-il un peu plus facile ?",
            "De quoi avez-vous le plus besoin quand il s'agit de {t} ?",
            "Quelle part de {t} n'avez-vous encore dite à personne ?",
            "Que signifiait {t} pour vous avant aujourd'hui ?",
        ),
        "coach": (
            "Quelle petite chose, dans {t}, pourriez-vous faire aujourd'hui ?",
            "Quelle part de {t} est entre vos mains ?",
            "Si {t} allait un peu mieux demain, que verriez-vous en premier ?",
            "Qui pourrait vous aider avec {t} ?",
            "Qu'est-ce qui a déjà marché quand il s'agissait de {t} ?",
            "Sur une échelle de un à dix, où en est {t} ?",
            "Que diriez-vous à un ami qui viendrait avec {t} ?",
            "Quel pas vers {t} prend moins de dix minutes ?",
            "Que pourriez-vous laisser de côté pour que {t} soit plus simple ?",
            "Quand exactement commencerez-vous avec {t} ?",
        ),
    },
    deepen={
        "therapist": (
            "Nous pouvons rester avec {t} aussi longtemps que vous voulez.",
            "Parfois une chose comme {t} a plusieurs couches.",
            "Peut-être que {t} touche aussi quelque chose de plus ancien.",
            "Remarquez votre souffle pendant que vous pensez à {t}.",
            "Il n'y a pas de bonne façon de vivre {t}.",
            "Je remarque que vous avez choisi vous-même les mots {t}.",
            "Ce que vous dites de {t} suffit pour l'instant.",
        ),
        "coach": (
            "Rendons {t} un peu plus petit, pour que cela tienne dans une journée.",
            "Avec {t}, il aide souvent de commencer avant de se sentir prêt.",
            "Vous avez déjà fait une chose pour {t} : vous l'avez nommé.",
            "Écrivez {t} en une ligne et laissez le reste.",
            "Tout n'est pas à résoudre dans {t}, seulement le bout suivant.",
            "Une heure fixe pour {t}, même un quart d'heure, vaut mieux qu'une bonne intention.",
            "Quoi que vous tentiez avec {t}, prenez-le comme un essai et non comme un examen.",
        ),
    },
    short={
        "therapist": (
            "Je suis là. Prenez votre temps.",
            "C'est court, et c'est très bien.",
            "Vous pouvez commencer n'importe où.",
            "Y a-t-il autre chose derrière ?",
            "Qu'est-ce qui vient en premier ?",
            "Nous pouvons aussi nous taire un peu.",
            "De quoi serait-il bon de parler ?",
            "Comment s'est passée la journée jusqu'ici ?",
            "Dites-m'en autant ou aussi peu que vous voulez.",
        ),
        "coach": (
            "Bien. Que regardons-nous ?",
            "Qu'est-ce qui rendrait cette conversation utile ?",
            "Nommez une chose qui est en suspens.",
            "Que voulez-vous avoir fait d'ici ce soir ?",
            "C'est court, c'est bien. Et ensuite ?",
            "Qu'est-ce qui compte le plus aujourd'hui ?",
            "Qu'aimeriez-vous de différent demain ?",
            "Par où voulez-vous commencer ?",
            "Quelle est la plus petite chose que nous puissions régler maintenant ?",
        ),
    },
    greet={
        "therapist": ("Bonjour, c'est bien que vous soyez là. Qu'avez-vous en tête aujourd'hui ?",),
        "coach": ("Bonjour, c'est bien que vous soyez là. Sur quoi aimeriez-vous avancer d'un pas aujourd'hui ?",),
    },
    greet_again=("Bonjour, vous revoilà. La dernière fois, voici de quoi il s'agissait : {old} Et aujourd'hui ?",),
    bye=("Au revoir, et prenez soin de {t}.", "Portez-vous bien. J'ai été content d'écouter.", "À bientôt."),
    thanks=(
        "Je vous en prie.",
        "Avec plaisir.",
        "Tant mieux si cela a un peu aidé.",
        "C'est bien que vous soyez venu.",
    ),
    who=(
        "Je suis un petit programme sur cette machine, qui écoute et questionne ; pas un thérapeute, et je ne pose aucun diagnostic.",
        "Il n'y a personne ici, seulement un programme : il estime des expressions et des mots, et se trompe souvent.",
        "Je suis un logiciel, sans sentiments ; c'est ce que vous dites qui compte ici.",
    ),
    unknown=(
        "Sur {t}, je n'ai pas de faits à donner ; je suis un petit programme qui écoute.",
        "Je ne connais pas la réponse à {t}, et je ne veux pas en inventer une.",
        "Pour {t}, il faut quelqu'un qui s'y connaît ; je peux vous aider à réfléchir tout haut.",
    ),
    summary="Il s'agissait de {t}.",
    stop=frozenset(
        (
            "le la les un une des du de d l et ou mais si alors que qui quoi ce cet cette ces ça cela c il elle ils elles on "
            "nous vous je j tu me m te t se s moi toi lui leur mon ma mes ton ta tes son sa ses notre votre vos est suis es "
            "sommes êtes sont étais était été être ai as a avons avez ont avais avait eu avoir ne n pas plus non oui ouais ok "
            "ah oh ben bon bien très trop aussi encore toujours déjà maintenant aujourd hui au aux en dans sur sous à chez "
            "pour par avec sans vers quand où comment pourquoi quel quelle tout tous toute rien chose choses peux peut pouvoir "
            "dois doit veux veut vais va aller fais fait faire dis dit dire pense sais sens ressens vraiment juste peut-être "
            "parce puis donc y bonjour salut merci beaucoup peu même comme"
        ).split()
    ),
    hello_words=frozenset(("bonjour", "salut", "bonsoir", "coucou")),
    bye_words=frozenset(("revoir", "bientôt", "ciao", "adieu")),
    thanks_words=frozenset(("merci",)),
    who_words=r"\b(?:qui|qu'est-ce que) (?:êtes-vous|es-tu|vous êtes|tu es)\b|\b(?:êtes-vous|es-tu|vous êtes|tu es) (?:une? )?(?:vrai\w*|humain\w*|personne|robot|machine|programme|ia|thérapeute)\b",
    question_words=r"^(?:qui|que|quand|où|quelle?s?|combien|comment (?:faire|puis-je)|pouvez-vous|peux-tu|savez-vous|sais-tu)\b",
)
