"""Claims on a run, such as ``captions.violation_rate < 1%``: parsed, judged, explained.

The grammar and the metrics are described in docs/sessions.md.
"""

from emulator.claims.grammar import Claim, ClaimError, parse
from emulator.claims.judge import Verdict, judge, measure

__all__ = ["Claim", "ClaimError", "Verdict", "judge", "measure", "parse"]
