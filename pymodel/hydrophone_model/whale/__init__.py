"""The whale-detection pipeline: parent -> volume, pattern -> score -> alert."""
