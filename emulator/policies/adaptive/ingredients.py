"""What the policy is made of, each of which can be left out to measure its share."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ingredients:
    """All by default."""

    forecast: bool = True
    """Releases to come are predicted; without, only what waits is looked at."""
    spread: bool = True
    """Costs are uncertain; without, they are taken for exact."""
    give_up: bool = True
    """Jobs that are lost are dropped; without, they are run late."""
    room: bool = True
    """Frames leave the backend that a language model wants, if they can."""
    prompts_first: bool = True
    """Prompts are read before frames run, in the slack of these."""
    chunks: bool = True
    """The slack decides how much of a prompt is read at a time; without, 64 tokens."""
    whole_prompts: bool = True
    """A prompt goes where all of it would be read first; without, where its next piece would."""
    patience: bool = True
    """Where its first choice does harm, a slice waits for as long as it loses on the next one."""
    each_frame: bool = True
    """A language model may harm no single frame; without, no more frames in all."""
