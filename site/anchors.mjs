/** The anchor of a heading, as GitHub makes it: links then lead to the same place in the repository and on the site. */
export function slugOf(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')
}
