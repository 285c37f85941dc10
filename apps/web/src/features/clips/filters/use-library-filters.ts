import { useSearchParams } from 'react-router';
import { readFilters, writeFilters, type LibraryFilters } from './library-filters.ts';

/** Keeps the library's filters in the address: they can be linked to, and going back undoes the last change. */
export function useLibraryFilters() {
  const [query, setQuery] = useSearchParams();
  const filters = readFilters(query);
  return {
    filters,
    change(changes: Partial<LibraryFilters>, { replace = false } = {}): void {
      setQuery((now) => writeFilters({ ...readFilters(now), ...changes }), { replace });
    },
    clear(): void {
      setQuery((now) => {
        const { sort } = readFilters(now);
        return writeFilters({ ...readFilters(new URLSearchParams()), sort });
      });
    },
  };
}
