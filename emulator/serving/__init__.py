"""The core as a process: a paced run, commands in, snapshots out."""
