truncate tags restart identity;
