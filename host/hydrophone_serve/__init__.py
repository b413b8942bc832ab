"""HTTP and WebSocket server of a run: alerts, snapshots, metrics, health, and a live page."""
