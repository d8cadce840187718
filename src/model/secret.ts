/**
 * What must not be printed: values under names that say so, and passwords inside connection strings.
 * Both the log and the reader of the configuration ask here, so that neither forgets a case.
 */

/** What is printed in place of a secret. */
export const hiddenSecret = "***";

const secretName =
  /(password|passwd|secret|token|credential|private_?key|api_?key|authorization|sentry_endpoint|dsn)s?$/i;

/** Whether a key, field or variable of this name holds a secret: `password`, `authToken`, `DB_PASSWORD`. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** The text without the passwords of URLs (`//user:password@`) and of `password=…` pairs. */
export function withoutPasswords(text: string): string {
  return text
    .replaceAll(/(\/\/[^\s/:@]*:)[^\s/]*@/g, `$1${hiddenSecret}@`)
    .replaceAll(/\b(password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]+)/gi, `$1${hiddenSecret}`);
}
