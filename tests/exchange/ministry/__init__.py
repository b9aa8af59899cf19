"""The exchange with the ministry, over real roads to the real sandbox."""
