"""The wider set: what is known from papers and products, beside the headline five.

docs/policies.md has the rules, where each comes from, and what was changed to fit.
"""

from typing import Final

from emulator.policies.adaptive import Adaptive
from emulator.policies.agent_xpu import AgentXpu
from emulator.policies.axes import Admission, Axes, Order, Placement
from emulator.policies.band import Heft, LeastSlack
from emulator.policies.band_sel import Sel
from emulator.policies.base import GeneralPolicy, GroupedPolicy, NamedPolicy
from emulator.policies.dream import Dream
from emulator.policies.dysta import Dysta
from emulator.policies.phases import Phases
from emulator.policies.planaria import Planaria
from emulator.policies.prema import Prema
from emulator.policies.sarathi import Sarathi
from emulator.policies.scored import LAYERS
from emulator.policies.xrbench import Greedy
from emulator.policies.xsched import KEdf, Lax


def _named(rule: GeneralPolicy | GroupedPolicy, citation: str) -> NamedPolicy:
    return NamedPolicy(rule.name, rule.description, citation, rule)


_BAND: Final = "Band (MobiSys 2022)"
_XSCHED: Final = "XSched (OSDI 2025)"
_DYSTA: Final = "as in the code of Dysta (Fan et al., MICRO 2023)"

WIDER: Final[tuple[NamedPolicy, ...]] = (
    NamedPolicy(
        "round-robin",
        "every slice that waits gets its turn, on the first idle backend",
        f"{_BAND} round robin; the built-in scheduler of GPUs, as XSched (OSDI 2025) says",
        Axes(Order.FCFS_SLICE, Placement.FIRST_IDLE),
    ),
    NamedPolicy(
        "rm",
        "rate monotonic: the shortest period first, where it would end first",
        "Liu and Layland 1973",
        Axes(Order.RM, Placement.EARLIEST_FINISH),
    ),
    NamedPolicy(
        "sjf",
        "the job with the least work left first, on the fastest idle backend; chunks of 256",
        f"shortest job first, {_DYSTA}; Clairvoyant (arXiv 2606.07248)",
        Axes(Order.SJF, Placement.FASTEST_IDLE, Admission.KEEP, LAYERS),
    ),
    _named(Sel(), f"{_BAND} shortest expected latency"),
    _named(Heft(), f"{_BAND} heterogeneous earliest finish time; Topcuoglu et al. 2002"),
    _named(LeastSlack(), f"{_BAND} least slack time first"),
    _named(Lax(), f"{_XSCHED} laxity policy, section 8 case 2"),
    _named(KEdf(), f"{_XSCHED} k earliest deadlines first"),
    _named(Dream(), f"DREAM (Kim et al., ASPLOS 2023, arXiv 2212.03414); one device {_DYSTA}"),
    _named(Prema(), f"PREMA (Choi and Rhu, HPCA 2020), {_DYSTA}"),
    _named(Planaria(), f"Planaria (Ghodrati et al., MICRO 2020), {_DYSTA}"),
    _named(Dysta(), "Dysta (Fan et al., MICRO 2023)"),
    _named(
        Greedy(
            "xrbench",
            "models in the order of their names, each on the fastest idle backend; drops late jobs",
            edp=False,
        ),
        "XRBench (MLSys 2023) latency-greedy runtime",
    ),
    _named(
        Greedy(
            "xrbench-edp",
            "the same by least latency x energy; where no power is known, by latency",
            edp=True,
        ),
        "XRBench (MLSys 2023) EDP-greedy runtime",
    ),
    _named(
        Phases(
            "npu-only",
            "EDF; language models on the NPU alone, frames where they end first",
            ("npu", "npu"),
            0,
        ),
        "Ryzen AI software, NPU execution mode; NPU only in Puzzle (arXiv 2508.17764)",
    ),
    _named(
        Phases(
            "amd-hybrid",
            "EDF; prefill on the NPU in chunks of 2,048, decode on the GPU, no guard for frames",
            ("npu", "gpu"),
            2048,
        ),
        "Ryzen AI software, hybrid execution mode; Splitwise (ISCA 2024)",
    ),
    _named(Sarathi(), "Sarathi-Serve (OSDI 2024, arXiv 2403.02310)"),
    _named(AgentXpu(), "Agent.xpu (arXiv 2506.24045)"),
    _named(
        Adaptive(),
        "ours; slack stealing (Lehoczky and Thuel, RTSS 1992), Niyama, Agent.xpu, rollout",
    ),
)
"""In the order of the pick list, after the headline policies."""
