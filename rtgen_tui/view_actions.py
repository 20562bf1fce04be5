"""What a user can do in the timeline and with recorded sessions: parts of the action table."""

from typing import Final

from rtgen_tui.action import BESIDE_SESSIONS, COMPARE, REPLAY, SESSIONS, TIMELINE, Action

TIMELINE_ACTIONS: Final[tuple[Action, ...]] = (
    *(
        Action(each, keys, label, sentence, "Timeline", views=TIMELINE, owner="screen")
        for each, keys, label, sentence in (
            ("pan_back", ("left",), "pan", "Move to earlier instants; the run goes on"),
            ("pan_on", ("right",), "pan on", "Move to later instants; at the end follow again"),
            ("pan_far_back", ("shift+left",), "page", "Move a whole screen back"),
            ("pan_far_on", ("shift+right",), "page on", "Move a whole screen on"),
            ("window_in", ("plus",), "in", "Show less time, down to 1 ms"),
            ("window_out", ("minus",), "out", "Show more time, up to 10 min"),
            ("window_reset", ("equals_sign",), "reset", "Show 200 ms"),
            ("slice_back", ("h",), "slice before", "Choose the slice before on this lane"),
            ("slice_on", ("l",), "slice", "Choose the next slice on this lane"),
            ("next_lane", ("tab",), "lane", "Choose a slice on the next lane"),
            ("jump_on", ("n",), "incident", "Go to the next miss, drop, swap, marker or error"),
            ("jump_back", ("N",), "incident before", "Go to the one before"),
            ("show_job", ("enter",), "job", "Give the job the whole screen, or undo it"),
            ("lanes", ("o",), "lanes", "A lane per backend, or per stream on each backend"),
        )
    ),
    Action(
        "to_begin",
        ("g",),
        "begin",
        "Go to the first instant that is known",
        "Timeline",
        views=TIMELINE,
        owner="screen",
        live_keys=("home",),
    ),
    Action(
        "follow_newest",
        ("G",),
        "follow",
        "Follow the newest instant, or the head of the tape",
        "Timeline",
        views=TIMELINE,
        owner="screen",
        live_keys=("end",),
    ),
    Action(
        "take_tape",
        ("p",),
        "tape here",
        "Take the tape to the cursor, so that every view is at that instant",
        "Timeline",
        REPLAY,
        TIMELINE,
        owner="screen",
    ),
)

COMPARE_ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        "compare",
        ("c",),
        "compare",
        "Compare this session with another one, at the same instant",
        "Compare",
        REPLAY,
        BESIDE_SESSIONS,
    ),
    Action(
        "to_divergence",
        ("d",),
        "divergence",
        "Pause, and take both sessions to the first event in which they differ",
        "Compare",
        REPLAY,
        COMPARE,
        owner="screen",
    ),
    Action(
        "swap_sides",
        ("tab",),
        "swap A and B",
        "Swap A and B; the dashboard and the events are those of A",
        "Compare",
        REPLAY,
        COMPARE,
        owner="screen",
    ),
    Action(
        "open_run",
        ("o",),
        "open A",
        "Open the dashboard of A at this instant",
        "Compare",
        REPLAY,
        COMPARE,
        owner="screen",
    ),
)

SESSION_ACTIONS: Final[tuple[Action, ...]] = (
    *(
        Action(each, keys, label, sentence, "Sessions", views=SESSIONS, owner="screen")
        for each, keys, label, sentence in (
            (
                "replay_session",
                ("enter",),
                "replay",
                "Replay the chosen session; a live run goes on behind it",
            ),
            ("verify_session", ("i",), "verify", "Simulate its run again, and compare all events"),
            ("compare_session", ("c",), "compare", "Compare it with another session"),
            ("delete_session", ("d",), "delete", "Delete it, after a question"),
            ("open_session", ("o",), "open", "Replay a session of any folder"),
        )
    ),
)
