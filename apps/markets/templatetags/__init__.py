"""What only the market room's templates say."""
