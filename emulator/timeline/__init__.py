"""Any stretch of a journal as a picture: who ran where and when, and whom a job waited for.

Nothing here is asked for before somebody opens a timeline; then it is read from the chunks of a
recording, in a thread of its own.
"""
