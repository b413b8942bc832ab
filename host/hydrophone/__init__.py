"""What the trading process imports: sessions, engines, feeds and the command line."""
