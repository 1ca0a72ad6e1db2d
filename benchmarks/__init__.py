"""How fast the pipeline is, against the floor that the disk and CSV set, and against pandas."""
