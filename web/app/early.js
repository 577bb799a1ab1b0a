// Before the first paint: theme and language. The words of the page come with the modules.
{
  const { lang, dataset } = document.documentElement
  const theme = localStorage.getItem('parley:theme')
  const chosen = localStorage.getItem('parley:language') || navigator.languages.find((l) => /^(zh|en)/i.test(l)) || lang
  if (theme) dataset.theme = theme
  if (/^zh/i.test(chosen)) {
    document.documentElement.lang = 'zh-CN'
    dataset.words = 'pending'
  }
}
