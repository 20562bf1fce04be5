"""Built-in texts that stand in for what an emulated language model would say.

No model wrote them, and the screen says so. They are cut into pieces about as long as the tokens of
an LLM (0.75 words per token is the common rule of thumb for English), so that text arriving at an
emulated token rate feels as fast as it would be.
"""

import re
from functools import lru_cache
from typing import Final
from zlib import crc32

_PIECE: Final = re.compile(r"\s?[^\W_]+|\s?[^\w\s]|\s")
_WHOLE_WORD: Final = 6
"""Letters of the longest word that is one token."""
_PIECE_LETTERS: Final = 4
_SHORTEST_TAIL: Final = 3
"""Fewer letters at the end of a word stay with the piece before."""


def _paragraphs(text: str) -> tuple[str, ...]:
    """The texts of a block, which stand apart by empty lines."""
    return tuple(" ".join(each.split()) for each in text.split("\n\n"))


NPC: Final = _paragraphs("""
You walked here through the rain? Then sit, the fire costs nothing. People say the bridge is gone,
and people are right for once. There is an older way across, below the mill, but the miller
charges more than a coin. He asks for a story, and he has heard all the short ones.

Keep your voice down. The guard at the gate is my cousin, and he sleeps lightly since the bell was
stolen. I can tell you who has it. First you tell me why a stranger with clean boots wants to
know.

Three days ago the lake froze from the middle outward. I fished here for forty years and never saw
that. Whatever lies down there is cold, and it is awake. Take my lantern. No, keep the money, just
bring the lantern back.

A sword? I sell nails, hinges and honest advice. The advice is free: do not go up to the tower
with iron on you. It hums. Leave the blade with me, take the copper one from the wall, and we
shall see each other again at supper.

Ah, the map. Your grandmother drew half of it and I drew the other half, and we never agreed about
the river. Turn it over. You see? Hold both halves against the light and the path appears where
our mistakes cross.

I counted the wolves by their eyes, and the number was odd. Think about that for a moment. No, I
do not want to talk about it. Bar the door, put out the candle, and let us be very boring until
morning.

Welcome aboard! We sail with the tide, or with the next one if the cook is late. Your cabin is the
dry one. If the compass starts to sing, please do not answer it. The last passenger did, and we
had to turn around twice.

The old king? He used to buy apples from me, always one too many, and gave the last one to the
first child he met. Now his portrait watches this market and nobody remembers the apples. You
asked what he was like. That is what he was like.
""")

SUMMARY: Final = _paragraphs("""
The team agreed to move the release by one week. Two problems remain: the importer is slow on
large files, and the new settings page lacks translations. Mira takes the importer, Jonas asks the
translators. Next meeting on Thursday, with numbers.

The thread is about a rise in battery drain after the update. Several people measured it, and the
cause appears to be a timer that wakes the processor ten times a second. A fix exists and saves
about a third. It still needs a review.

The article compares three ways to heat an old house. Heat pumps were cheapest over ten years if
the walls were insulated first; without that, the difference was small. The author warns that the
electricity price was assumed constant.

In short: the customer likes the prototype, wants fewer steps at sign-up, and asks for a version
that works without a network. They would test it with twenty people in March. No decision about
the price was made.

The report finds that most delays began at one crossing. Trains waited for each other in a fixed
order, even when the later one could have passed. A simple rule, earliest departure first, would
have removed half of the waiting time.

Main points of the call: the budget is approved, hiring starts in April, and the office moves in
autumn. Open question: who keeps the lab equipment. Lena will write to both groups and collect
answers by Friday.

The chapter argues that habits are easier to replace than to remove. It gives three examples, of
which the second is the best: a reader who put the book where the phone used to lie. The evidence
is thin but the advice is cheap to try.

Since yesterday: forty-one messages, most of them about the outage. It lasted eighteen minutes and
was caused by an expired certificate. Service is back, a reminder was added, and the remaining
messages are congratulations.
""")

QUESTION: Final = _paragraphs("""
Yes, with one exception. The function closes the file for you when the block ends, also after an
error. If you hand the file to another thread, though, the block may end first. In that case open
it inside the thread.

Boil the potatoes in their skins, about twenty minutes, and let the steam leave before you peel
them. Wet potatoes make heavy dough. Use a third of their weight in flour, a little salt, and stop
kneading as soon as it holds together.

The shadow on the Moon is always round because the Earth is a ball. A flat disc would throw a
round shadow only when the light falls straight on it, and lunar eclipses happen at many angles.
This argument is more than two thousand years old.

You can take the earlier train, but you would wait forty minutes at the next station. The later
one is direct and arrives eight minutes after it. If you have luggage, I would take the later one.

Both words are correct here. The first is more formal and sounds as if you had planned the
meeting; the second suggests that it happened by chance. In a letter to someone you do not know,
choose the first.

Start with the measurement, not with the fix. Write down how long each step takes, ten times, and
look at the slowest run as well as the average. Often one step varies a lot, and that is the one
that people complain about.

A deadline that is missed once in a hundred frames sounds harmless. At thirty frames per second it
happens every three seconds, and the eye is good at noticing a rhythm. So look at how the misses
are spread, not only at how many there are.

Plant them in spring, when the soil is warm to the hand. They need light more than water. If the
leaves turn pale, move the pot before you feed it; more often than not it simply stands too far
from the window.
""")

_KINDS: Final = (
    (("summar", "digest", "recap", "notes"), SUMMARY),
    (("npc", "dialog", "character", "game", "companion"), NPC),
)


def texts_for(stream: str) -> tuple[str, ...]:
    """The texts that suit a stream of this name; answers where the name says nothing."""
    name = stream.casefold()
    for words, texts in _KINDS:
        if any(word in name for word in words):
            return texts
    return QUESTION


def text_for(stream: str, job: int) -> str:
    """The text of one job: jobs go through the texts in turn, streams begin at different ones."""
    texts = texts_for(stream)
    return texts[(crc32(stream.encode("utf-8", "replace")) + job) % len(texts)]


@lru_cache(maxsize=64)
def tokens(text: str) -> tuple[str, ...]:
    """The text cut into pieces; joined they give the text again. Deterministic, no vocabulary."""
    return tuple(piece for word in _PIECE.findall(text) for piece in _split(word))


def _split(word: str) -> list[str]:
    letters = word.lstrip()
    space = word[: len(word) - len(letters)]
    if len(letters) <= _WHOLE_WORD:
        return [word]
    cuts = range(0, len(letters), _PIECE_LETTERS)
    pieces = [letters[start : start + _PIECE_LETTERS] for start in cuts]
    if len(pieces[-1]) < _SHORTEST_TAIL:
        tail = pieces.pop()
        pieces[-1] += tail
    return [space + pieces[0], *pieces[1:]]


def answer(stream: str, job: int, first: int, count: int) -> list[str]:
    """A part of a job's answer; the text begins anew when the answer is longer.

    Args:
        stream: name of the stream.
        job: number of the job.
        first: number of the first token, from 0.
        count: how many.
    """
    pieces = tokens(text_for(stream, job))
    size = len(pieces)
    return [_joined(pieces, number % size, number) for number in range(first, first + count)]


def _joined(pieces: tuple[str, ...], place: int, number: int) -> str:
    return f" {pieces[0]}" if place == 0 and number > 0 else pieces[place]
