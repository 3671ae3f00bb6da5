"""What the offline responder says in English; the shape of the table is in `_reply_table.py`."""

TABLE = """
# mirror.plain
So {you}.
Let me see if I follow: {you}.
Okay, {you}, I have that.
If I hear you right, {you}.
{you}, that is where you begin.
What reaches me is this: {you}.
Right, {you}.
You put it like this: {q}.
I hear {q}, and I am following.
You bring up {n}.
{n}, yes, I am listening.
# mirror.sad
{you}, and I hear something sad in that, if I hear it right.
So {you}, and it sounds as if that leaves a mark.
It sounds sad when you say {q}.
There is some sadness around {n}, or so it sounds.
You say it quietly, {q}, and it reads as sad from here.
# mirror.angry
{you}, and I can hear some heat in that.
So {you}, and it sounds as if a line was crossed.
There is an edge to {q}, or so it sounds.
It sounds as if {n} got under your skin.
I hear anger close by when you say {q}, though I may be wrong.
# mirror.fear
{you}, and that sounds frightening from here.
So {you}, and there seems to be some fear in it.
I hear some worry in {q}.
It sounds as if {n} makes you uneasy.
Something in {q} reads as nervous, if I read it right.
# mirror.disgust
{you}, and something in you seems to pull back from that.
So {you}, and it sounds as if that turned your stomach a little.
It sounds as if {n} goes against the grain with you.
In {q} I hear that you want no part of it.
# mirror.happy
{you}, and it sounds as if that does you good.
So {you}, and I think I hear a smile in it.
You brighten a little when you say {q}, it seems.
It sounds as if {n} gave you something.
There is some lightness in {q}, and I like hearing it.
# mirror.surprise
{you}, and it seems you did not see that coming.
So {you}, just like that.
It sounds as if {n} caught you off guard.
You still sound a bit astonished: {q}.
# mirror.hard
{you}, and that does not sound easy.
So {you}, and that sounds like a lot to carry.
Ouch: {you}.
I am sorry to hear it: {you}.
{you}; I can imagine that weighs on you.
{you}, and I would not want to brush that aside.
That is not a small thing to say: {q}.
It sounds hard, this thing with {n}.
# mirror.good
{you}, and that is good to hear.
So {you}, how nice.
Oh, lovely: {you}.
{you}, and I am glad with you.
{q}: there is something warm in that.
It is a pleasure to hear about {n}.
# mirror.unsure
{you}, and I am not sure how this feels to you.
So {you}, and I would rather ask than guess how that is.
You say {q}, and I cannot tell from here what it is like for you.
I hear {q}, but not what lies underneath.
I am not certain how to take {n}, so please help me.
# mirror.torn
You say {q}, but your words say one thing and your voice or face another.
{you}, and yet I have the impression that not all of you agrees.
The words are {q}, and something else in you seems to say the opposite.
There may be two sides to {n}, going by how you say it.
# feel.sad
To me that reads as sadness, and you may well correct me.
If there are tears near, they are welcome here.
A bit of sorrow seems to travel with it.
I would guess at something heavy, but you know better than I do.
It may be sadness that I am hearing, or just tiredness.
# feel.angry
That could be anger, and anger often guards something that matters.
It reads as irritation from here; tell me if that misses.
You are allowed to be cross about that.
I would not be surprised if your jaw got tight just now.
Something in it seems to want to be set right.
# feel.fear
It reads as worry to me, though I could be mistaken.
Being uneasy before such a thing is very human.
There might be some dread in it, or perhaps only tension.
If it makes you tense, we can go slowly.
Fear likes to talk in big words, so let us look at it in small ones.
# feel.disgust
It reads as distaste, if I am not mistaken.
Perhaps something there simply is not right for you.
You may keep your distance from what repels you.
# feel.happy
I think I hear joy, and I hope I hear it right.
That seems to be worth staying with for a moment.
It reads as happy from here, and that is nice.
Good moments deserve as much attention as bad ones.
Let it be as good as it is.
# feel.surprise
That seems to have come out of nowhere.
It reads as surprise, and I cannot tell whether it is the good kind.
Sometimes it takes a while until such a thing sinks in.
# feel.hard
No wonder if that takes energy.
It makes sense that this occupies you.
Anyone might struggle with that.
You do not have to make it smaller than it is.
That would stay with me too, if I were a person.
It is all right to find this difficult.
Thank you for trusting me with that.
# feel.good
Such things can carry you through a day.
I am happy to stay with this one for a bit.
It is worth saying out loud.
You can take a little credit for that.
Enjoy it, there is no catch.
# feel.unsure
I am not sure how this feels to you, so you tell me.
My reading of you is unclear right now, and I would rather say so.
It could be many things, and I do not want to put a feeling in your mouth.
I may be missing the tone of it.
# feel.torn
What is nearer to you, the words or the voice?
Both may be true at once, and which one is closer right now?
If one of the two were allowed to speak first, which would it be?
I may be misreading it, but it seems there is more than one feeling in the room.
# stay
I am with you.
There is no hurry.
Take whatever time it needs.
You do not have to have it sorted out already.
It is good that you say it.
I would like to understand that better.
You know this far better than I do.
That tells me something about what matters to you.
It need not make perfect sense to be worth saying.
I will keep {n} in mind while we talk.
We do not need to rush past {n}.
It seems to be on your mind for a reason.
I notice that you found clear words for it.
Let it stand there for a moment.
Whatever comes with it is welcome too.
You can leave out what you do not want to tell.
That is quite something for one sentence.
I can picture it a little now.
Correct me wherever I have it wrong.
Just naming it is already something.
That seems to have several layers.
I am glad you did not keep it to yourself.
# deepen.therapist
Sometimes what matters most sits just behind the first sentence.
Perhaps there is an older story that {n} touches.
Feelings are allowed to contradict each other here.
Maybe a part of you already knows what it is about.
You might notice what your shoulders do while you tell me this.
Not everything that hurts has to be fixed today.
It can help to look at it from a little further away.
There is no right way to respond to this.
Some things only become clear while one is saying them.
I wonder what you needed at that moment.
Maybe nobody has asked you about that side of it yet.
Sometimes the small details hold the most.
You seem to take it seriously, and that counts.
It might be worth being a little kinder to yourself here.
What you leave unsaid may stay unsaid for now.
A part of it may belong to somebody else and not to you.
It may feel different again tomorrow.
I wonder what a good friend of yours would hear in it.
Words like yours often have something waiting underneath.
One can be tired of a thing and still care about it.
# deepen.coach
Not all of it has to be solved, only the next bit.
It helps to separate what is in your hands from what is not.
A quarter of an hour is often enough for a start.
Let us make it small enough to fit into one day.
You have handled things before, and some of that will help here.
Writing it down in one line would already clear some space.
A test is allowed to fail, so let us treat it as a test.
With {n} it may be enough to begin badly and improve.
Deciding what not to do is a step as well.
One message or one call can sometimes move a lot.
Good enough is a fine target for today.
Energy first, then effort, so think of what recharges you.
A fixed time beats a good intention.
It may be easier with someone beside you.
You do not need the whole map to take the first turn.
Progress here might look very ordinary.
Let us look for the part that costs least and helps most.
Half a plan today is better than a whole plan next month.
Whatever you try, we can look at what it taught you.
Being clear about what you want is half of it.
# ask.therapist
What is that like for you?
What goes through you as you say it?
What stays with you most?
Would you like to tell me more about {n}?
What was the hardest moment in it?
How is it now, while you talk about it?
What would you have wished for?
What does it bring up in you?
How long has that been with you?
Who else knows about it?
What did you do then?
What would feel like a relief?
When is it a little easier?
Where do you notice it in your body?
What does {n} mean to you?
If you could say one thing out loud about it, what would it be?
What do you need most right now?
Has something like this happened before?
What would you like others to understand about it?
What makes it so important to you?
What was going on just before?
What are you most afraid would happen, and what do you hope for?
How do you usually look after yourself at such times?
What part of it have you not told anyone?
What would be different if it were a good day?
How does {n} look when you think of next week?
What surprised you about your own reaction?
# ask.coach
What would be a first small step?
What part of it is in your hands?
What would you like to have instead?
What could you do about {n} in the next ten minutes?
Who could lend you a hand?
What has worked for you before?
When exactly would you start?
What might get in the way, and what then?
What would be good enough for this week?
What can you leave out to make it easier?
How would you notice that it is going better?
From one to ten, where are you now, and what would make it one more?
What would you tell a friend in your place?
What is one thing you can let go of?
Which part would you tackle first?
What do you want to remember from this?
Whom do you want to tell?
What would the easiest version of it look like?
What is the smallest thing that would help tonight?
What do you want to be able to say tomorrow evening?
What do you already have that helps with {n}?
What would you do if it only had to be half as good?
What gives you energy for it?
What will you do first after we have talked?
What is worth repeating here?
By when would you like to know more about {n}?
# recall
Earlier you spoke of {old}; is there a link?
I still have {old} in mind from before.
You also mentioned {old}, and perhaps that belongs near it.
First {old}, now this: that is quite a lot for one talk.
I wonder whether this has something to do with {old}.
It reminds me of what you told me about {old}.
Next to {old}, this adds one more thing to your day.
Maybe we can come back to {old} later.
# recallq
Earlier you said {old}, and I have not forgotten it.
Your words {old} are still with me.
A little while ago it was {old}; perhaps the two belong together.
I keep thinking of your {old}.
# loss
I am so sorry about that.
Losing someone leaves a gap that nothing quite fills.
Grief keeps its own calendar.
# loss.therapist
What do you miss most?
# loss.coach
Who can be near you in these days?
# sleep
Nights like that make the next day longer.
Everything looks bigger when one has not slept.
# sleep.therapist
What keeps you company when you lie awake?
# sleep.coach
What could help you wind down tonight?
# work
Work can take up a lot of room, also after hours.
At work it often matters who has your back.
# work.therapist
How do you come home after such a day at work?
# work.coach
What would you say at work if you could say it calmly?
# study
Learning and being judged at the same time is tiring.
# study.therapist
What does this result say about you, in your own eyes?
# study.coach
Which page or exercise would you do first?
# family
Family knows exactly where our buttons are.
Between close people small things can weigh a lot.
# family.therapist
What would you like them at home to see?
# family.coach
What one sentence would you like to say to them?
# love
Closeness makes us strong and easy to hurt at the same time.
# love.therapist
What do you long for between the two of you?
# love.coach
What could you ask for, plainly and kindly?
# friends
Good friends are part of how one gets through things.
# friends.therapist
What do you value most in that friendship?
# friends.coach
What would be an easy way to stay in touch?
# pet
Animals have a way of being there without any words.
# pet.therapist
What is it like to have that animal around you?
# pet.coach
When will you have a quiet moment with your animal today?
# health
When the body complains, everything else gets harder.
I cannot judge health matters, but I can listen to how it is for you.
# health.therapist
How do you carry on when your body says no?
# health.coach
Is there a doctor or someone else you could ask about it?
# money
Worries about money tend to sit in the background all day.
# money.therapist
What worries you most about the money side?
# money.coach
Which bill or number would you look at first?
# lonely
Being alone with something makes it twice as heavy.
# lonely.therapist
When did you last feel that someone was really there?
# lonely.coach
Whom could you send three words to today?
# food
Cooking and eating can be small anchors in a day.
# food.therapist
What does it remind you of?
# food.coach
When can you treat yourself to that again?
# outdoors
Fresh air has a way of loosening things.
# outdoors.therapist
What do you notice when you are outside?
# outdoors.coach
When this week could you be outside again?
# music
Things one does for their own sake are precious.
# music.therapist
What happens in you while you do that?
# music.coach
How could you make room for it once more this week?
# trip
Going somewhere else often shows home in a new light.
# trip.therapist
What are you looking forward to most?
# trip.coach
What is the first thing to arrange for it?
# yes
Yes, good.
All right, I take that as a yes.
A yes, then.
Good, I am following.
Yes, I thought so.
# no
No, that is clear too.
A plain no is fine here.
All right, then not.
Then it is something else.
No is a complete answer.
# ok
All right.
Okay, I am still here.
Fine, no need for many words.
Short is fine.
Okay, let us leave that there for now.
# dontknow
Not knowing is a perfectly good answer.
You do not have to know.
That may simply be unclear for now.
It is fine to leave that open.
Sometimes the honest answer is exactly that.
# short
We can also stay with {old} a little longer.
I am still thinking of {old}, if you want to go on from there.
Perhaps there is more to say about {old}.
We can leave {old} aside for now, or pick it up again.
Or is {old} still the thing that wants attention?
# invite.therapist
What is on your mind right now?
What would be good to talk about?
Is there something behind that?
How has the rest of your day been?
What comes up first?
You can begin anywhere you like.
Tell me as much or as little as you want.
We can also be quiet for a moment.
What would you like me to ask you?
How does it feel to be talking about this?
# invite.coach
What shall we look at next?
Which of today's things matters most?
What would make this talk worth your time?
What is still open on your list?
Where would you like to be by tonight?
Name one small thing, and we will take it from there.
What would you like to be different tomorrow?
What comes next for you?
What is the smallest thing we can settle now?
What is worth a second look?
# empty
I did not catch any words, and that is fine; whenever you like, just start.
I am listening, so take your time and say whatever comes.
There is no need to hurry; I am here when you want to speak.
# odd
That one I cannot read, so could you put it into a few words?
I see something there but no words I know; tell me a little more?
# hello.therapist
Hello, it is good that you are here.
Hi, nice to hear from you.
# hello.coach
Hello, good to have you here.
Hi, good that you made the time.
# bye
Take care of yourself, and come back whenever you like.
Goodbye, it was good to listen to you.
Until next time, and be gentle with yourself.
# bye.old
Be gentle with yourself, also where {old} comes in.
# thanks
You are welcome.
Gladly.
I am glad if it helped a little.
It was you who found the words.
# who
To {q} the honest answer is that I am a small program that listens and asks back.
You ask {q}, so plainly: I am software, not a human being and not a therapist.
About {q}: nobody sits here, only a program that estimates expressions and is often wrong.
# who.more
I have no feelings of my own, but your words do get my full attention.
I cannot diagnose anything and I do not replace a person who knows you.
# howareyou
Kind of you to ask; I am a program, so I have no good or bad days.
Nothing moves in me, I am only software, but thank you for asking.
# advice.therapist
I would not want to decide that for you, and I am no expert on {q}.
What you should do I cannot know, but we can look at {q} together.
# advice.coach
I cannot decide {q} for you, but I can help you sort the options.
You ask {q}, and the best answer probably starts with what you already tried.
# advice.ask
Which way do you lean, if you listen to yourself for a moment?
What speaks for it, and what against it?
# unknown
As for {q}, I do not know facts like that; I am only a small program that listens.
I cannot answer {q}, and I would not want to make something up.
For {q} you would need someone who knows the matter.
You ask {q}, and my honest answer is that I know nothing beyond this talk.
# wonder
You ask {q}, and I cannot know that, but I can hear that it matters.
I have no answer to {q}, only curiosity about where it comes from.
You wonder {q}, and that seems a real question.
A fair question, {q}, and not one that I can settle.
# wonder.ask
What is your own guess?
What would you like the answer to be?
What makes you ask it now?
What would change if you knew?
# toyou
You say {q} to me, and that is all right.
I hear {q}, and I will try to do better at listening.
With {q} you may well be right, for I am only a small program.
# toyou.ask
What would help you more just now?
What did I miss?
# excuse
I speak only English, Dutch, German, French and Spanish, so I answer in English.
# greet.therapist
Hello, good that you are here.
What is on your mind today?
# greet.coach
Hello, good to have you here.
What would you like to get a step further with today?
# again.therapist
Hello again.
How is it with that today?
# again.coach
Hello again.
Which step would you like to look at today?
# again.known
From last time I remember this: {old}
# summary
You talked about {old}.
# and
and
"""
