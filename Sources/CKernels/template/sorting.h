// Sorting of short lists.

/// The rank of each key is the number of keys before it: no branch depends on the keys, unlike in a merge.
static void rank_keys(const int64_t *keys, int32_t *ranks, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    const int64_t key = keys[i];
    int64_t before = 0;
    for (int64_t j = 0; j < i; j++) before += keys[j] <= key;
    for (int64_t j = i + 1; j < count; j++) before += keys[j] < key;
    ranks[i] = (int32_t)before;
  }
}
