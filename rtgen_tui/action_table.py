"""What a user can do: one table of actions, their keys and sentences.

An action's method is ``action_<id>`` of the application or of the view's screen. A numbered action
(keys 1 to 9) gets the position of its key, starting at 1. Keys are plain letters because terminal
multiplexers take most control keys for themselves. A key may do one thing in a live run and another
in a replay: ``check_action`` of the owner refuses what the mode does not have.
"""

from typing import Final

from rtgen_tui.action import (
    BESIDE_TIMELINE,
    DASHBOARD,
    DETAIL,
    LIVE,
    REPLAY,
    Action,
)
from rtgen_tui.event_actions import EVENT_ACTIONS
from rtgen_tui.view_actions import COMPARE_ACTIONS, SESSION_ACTIONS, TIMELINE_ACTIONS

ACTIONS: Final[tuple[Action, ...]] = (
    # --- policy --------------------------------------------------------------------------------
    Action(
        "swap_policy",
        tuple("123456789"),
        "policy",
        "Swap to the policy with this number at once; the run goes on and loses no job",
        "Policy",
        LIVE,
        numbered=True,
    ),
    Action("previous_policy", ("P",), "previous", "Swap back to the policy before", "Policy", LIVE),
    Action(
        "pick_policy",
        ("p",),
        "pick",
        "Pick a policy by name, or type any order/placement/admission/granularity",
        "Policy",
        LIVE,
    ),
    Action(
        "what_if",
        ("c",),
        "what if",
        "Show what each policy would have made of the last 60 s, or stop asking",
        "Policy",
        LIVE,
        DASHBOARD,
    ),
    # --- streams -------------------------------------------------------------------------------
    Action(
        "focus_streams",
        ("s",),
        "streams",
        "Go to the streams",
        "Streams",
        views=DASHBOARD,
        owner="screen",
    ),
    Action(
        "sort",
        ("o",),
        "sort",
        "Sort by number, misses or name",
        "Streams",
        views=DASHBOARD,
        owner="screen",
    ),
    Action("add_stream", ("a",), "add", "Start a stopped stream, or add streams", "Streams", LIVE),
    Action(
        "stop_stream",
        ("x",),
        "stop",
        "Stop the selected stream",
        "Streams",
        LIVE,
        (*DASHBOARD, *DETAIL),
    ),
    Action(
        "open_detail",
        ("enter",),
        "detail",
        "Show the newest jobs of the selected stream: response times, stages, tokens, worst miss",
        "Streams",
        views=DASHBOARD,
    ),
    Action(
        "new_stream",
        ("A",),
        "new stream",
        "Add a stream of your own: model, rate, deadline, tokens",
        "Streams",
        LIVE,
        (*DASHBOARD, *DETAIL),
    ),
    Action(
        "edit_stream",
        ("u",),
        "edit",
        "Change rate, deadline or token counts of the selected stream while it runs",
        "Streams",
        LIVE,
        (*DASHBOARD, *DETAIL),
    ),
    Action(
        "save_scenario",
        ("w",),
        "save scenario",
        "Write the streams as they are now to a scenario file",
        "Streams",
    ),
    # --- time ----------------------------------------------------------------------------------
    Action("freeze", ("space",), "freeze", "Freeze the screen; the engine goes on", "Time", LIVE),
    Action("pause_engine", ("X",), "pause", "Pause the engine, or let it go on", "Time", LIVE),
    Action("play", ("space",), "play", "Play or pause; at the end, play again", "Time", REPLAY),
    Action("seek_back", ("left",), "-5 s", "Go 5 s back", "Time", REPLAY, BESIDE_TIMELINE),
    Action("seek_forward", ("right",), "+5 s", "Go 5 s on", "Time", REPLAY, BESIDE_TIMELINE),
    Action(
        "seek_far_back", ("shift+left",), "-30 s", "Go 30 s back", "Time", REPLAY, BESIDE_TIMELINE
    ),
    Action(
        "seek_far_forward", ("shift+right",), "+30 s", "Go 30 s on", "Time", REPLAY, BESIDE_TIMELINE
    ),
    Action("step_back", ("comma",), "back", "Pause, and go to the event before", "Time", REPLAY),
    Action("step", (".",), "step", "Pause, and go to the next event", "Time"),
    Action("slower", ("[",), "slower", "Let virtual time pass slower", "Time"),
    Action("faster", ("]",), "faster", "Let virtual time pass faster", "Time"),
    Action("normal_speed", ("\\",), "×1", "Let virtual time pass as on the wall", "Time"),
    Action("go_to_time", ("t",), "time", "Go to a time, such as 03:41.5 or 221s", "Time", REPLAY),
    Action("tape_start", ("home",), "start", "Go to the start of the session", "Time", REPLAY),
    Action("tape_end", ("end",), "end", "Go to the end of the session", "Time", REPLAY),
    Action(
        "follow_edge",
        ("L",),
        "live edge",
        "Stay at the end of a session that is still being recorded, or stop following it",
        "Time",
        REPLAY,
    ),
    *TIMELINE_ACTIONS,
    *COMPARE_ACTIONS,
    # --- runs ----------------------------------------------------------------------------------
    Action("record", ("r",), "record", "Record this run, or close the recording", "Run", LIVE),
    Action(
        "save_flight",
        ("R",),
        "save last 10 min",
        "Save the last 10 minutes to a session file, recorded or not",
        "Run",
        LIVE,
    ),
    Action(
        "pick_scenario",
        ("S",),
        "scenario",
        "New run of a scenario, or add its streams",
        "Run",
        LIVE,
    ),
    Action("pick_profile", ("f",), "profile", "New run on another profile (chip)", "Run", LIVE),
    Action("ask_seed", ("#",), "seed", "New run with another seed", "Run", LIVE),
    Action(
        "restart_core",
        ("enter",),
        "start again",
        "Start a new core with the same run, after the core has ended",
        "Run",
        without_core=True,
    ),
    *EVENT_ACTIONS,
    *SESSION_ACTIONS,
    # --- lists ---------------------------------------------------------------------------------
    Action("line_up", ("up", "k"), "up", "One line up", "Lists", owner="screen"),
    Action("line_down", ("down", "j"), "down", "One line down", "Lists", owner="screen"),
    Action("page_up", ("pageup",), "page up", "One page up", "Lists", owner="screen"),
    Action("page_down", ("pagedown",), "page down", "One page down", "Lists", owner="screen"),
    Action(
        "first_line",
        ("g",),
        "first",
        "To the first line",
        "Lists",
        views=BESIDE_TIMELINE,
        owner="screen",
        live_keys=("home",),
    ),
    Action(
        "last_line",
        ("G",),
        "last",
        "To the last line",
        "Lists",
        views=BESIDE_TIMELINE,
        owner="screen",
        live_keys=("end",),
    ),
    # --- the screen ----------------------------------------------------------------------------
    Action("show_dashboard", ("f1",), "dashboard", "Open the dashboard", "Screen"),
    Action("show_timeline", ("f2",), "timeline", "Open the timeline", "Screen"),
    Action("show_compare", ("f3",), "compare view", "Open the two sessions", "Screen", REPLAY),
    Action("show_events", ("f4",), "events", "Open the event log", "Screen"),
    Action("show_sessions", ("f5",), "sessions", "Open the recorded sessions", "Screen"),
    Action("next_view", ("v",), "view", "Open the next view", "Screen"),
    Action("previous_view", ("V",), "previous view", "Open the view before", "Screen"),
    Action(
        "zoom",
        ("z",),
        "zoom",
        "Make the focused box fill the screen, or undo it (tab moves the focus)",
        "Screen",
        owner="screen",
    ),
    Action(
        "back", ("escape",), "back", "Leave the zoom, or clear the filter", "Screen", owner="screen"
    ),
    Action("next_theme", ("T",), "theme", "Use the next color theme", "Screen", live_keys=("t",)),
    Action(
        "next_symbols",
        ("B",),
        "symbols",
        "Draw with block, braille or ASCII symbols; for fonts that lack some",
        "Screen",
    ),
    Action(
        "next_layout",
        ("b",),
        "layout",
        "Give the room to backends, streams or what is said, or balance them",
        "Screen",
        views=DASHBOARD,
    ),
    Action("screenshot", ("Y",), "picture", "Save the screen as an SVG picture", "Screen"),
    Action("help", ("?",), "help", "Show the keys of this view", "Screen"),
    Action(
        "command_palette", ("ctrl+p",), "palette", "Search everything that can be done", "Screen"
    ),
    Action("quit", ("q",), "quit", "Quit", "Screen"),
    Action("quit_now", ("ctrl+q",), "quit at once", "Quit at once, from dialogs too", "Screen"),
)
