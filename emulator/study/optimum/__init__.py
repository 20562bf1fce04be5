"""How few misses any schedule of a window could have had: bounds from below and from above.

``window`` says what has to be done by when, ``interval_lp`` and ``time_indexed`` bound the misses
of a part of it from below, ``lower`` puts the parts together, ``upper`` lets the engine run
schedules that exist, and ``question`` asks both within a time limit.
"""
