"""The main job on plain files, without ERPNext: usage and policies in, a charging statement out."""
