/** What a flag's variant may be, and what definitions and rules consist of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
