/** Why the file system refused, in words; of other errors, what they say. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'it is a folder',
  EEXIST: 'something else has this name',
  ENOTDIR: 'a part of the path is no folder',
  ENOSPC: 'no space left',
  EROFS: 'the file system is read-only',
};
