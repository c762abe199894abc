/** @file How reports express the gynaecological labels. */

import type { LabelPhrases } from "../phrase.ts";

export const gynaecology = {
  leiomyoma: {
    en: ["(uterine |submucosal |intramural |subserosal )*(leiomyoma|leiomyomata|fibroid|myoma|myomata)"],
    zh: ["(子宫|粘膜下|黏膜下|肌壁间|浆膜下)*(平滑肌瘤|肌瘤)"],
  },
  cyst: {
    en: ["(ovarian |adnexal |nabothian |cervical |simple )*cyst", "cystic (lesion|mass)"],
    zh: ["(卵巢|附件|附件区|宫颈|纳氏)*囊肿", "囊性(包块|占位|病变|肿块)"],
  },
  "intrauterine pregnancy": {
    en: [
      "(single |twin |live |viable )*(intrauterine|mid|late|second trimester|third trimester) (pregnancy|fetus|gestation)",
      "iup",
    ],
    zh: ["宫内(单|双|活|中|晚)*(妊娠|孕|胎)", "(中|晚)(期)?妊娠", "(中|晚)孕"],
  },
  "early pregnancy": {
    en: ["early( intrauterine)? (pregnancy|gestation)", "first trimester pregnancy"],
    zh: ["(宫内)?早(期)?(妊娠|孕)"],
  },
  adenomyosis: { en: ["adenomyo(sis|ma)"], zh: ["(子宫)?腺肌(症|病|瘤)"] },
  IUD: {
    en: ["iud", "iucd", "intra ?uterine (contraceptive )?device"],
    zh: ["(宫内)?节育(器|环)", "避孕环", "宫内环"],
  },
  "endometrial polyp": { en: ["(endometrial |uterine )polyp"], zh: ["(子宫内膜|内膜|宫腔)息肉"] },
  endometriosis: {
    en: ["endometrio(sis|ma|tic cyst)", "chocolate cyst"],
    zh: ["(子宫)?内膜异位(症|囊肿)?", "内异症", "巧克力囊肿", "(卵巢)?巧囊"],
  },
  PCOS: {
    en: ["pcos", "polycystic ovar(y|ies|ian)( syndrome| change| morphology)?"],
    zh: ["多囊卵巢(综合征|样改变)?", "卵巢多囊(样)?(改变|变)?"],
  },
  "endometrial thickening": {
    en: [
      "endometrial (thickening|hyperplasia)",
      "thicken(ed|ing of( the)?) endometrium",
      "endometrium … thickened",
    ],
    zh: ["(子宫)?内膜(弥漫性|不均匀|局部)*(增厚|增生|过厚)", "(子宫)?内膜…增厚"],
  },
  hydrosalpinx: {
    en: ["hydrosalpinx", "hydrosalpinges", "fluid filled fallopian tube"],
    zh: ["输卵管(内)?积(水|液)"],
  },
  "tubal thickening": {
    en: ["(tubal|fallopian tube) thickening", "thickened (fallopian )?tube", "salpingitis"],
    zh: ["输卵管…(增粗|增厚)", "输卵管炎"],
  },
  "cystic teratoma": {
    en: ["(mature |ovarian )*(cystic )?teratoma", "dermoid( cyst)?"],
    zh: ["(卵巢|成熟性|成熟|囊性)*畸胎瘤", "皮样囊肿"],
  },
  "Müllerian anomaly": {
    en: [
      "m(u|ü|ue)llerian (duct )?anomal(y|ies)",
      "(bicornuate|septate|unicornuate|didelphys|arcuate) uterus",
      "uter(us|ine) (didelphys|septum|malformation)",
    ],
    zh: ["子宫畸形", "(双角|单角|纵隔|纵膈|双|弓形)子宫", "子宫(纵隔|纵膈)", "苗勒管(发育)?异常"],
  },
  "pelvic effusion": {
    en: [
      "pelvic (effusion|fluid|free fluid)",
      "(free )?fluid in the (pelvis|pouch of douglas|cul de sac)",
      "free fluid",
    ],
    zh: ["盆腔(少量|中量|大量|内|游离)*(积液|液体|液性暗区)", "(子宫)?直肠窝积液"],
  },
  "ectopic pregnancy": {
    en: ["ectopic (pregnancy|gestation)", "tubal pregnancy", "cornual pregnancy"],
    zh: ["异位妊娠", "宫外孕", "输卵管妊娠", "宫角妊娠"],
  },
  "cervical carcinoma": {
    en: ["(cervical|cervix) (cancer|carcinoma|malignancy)", "carcinoma of the cervix"],
    zh: ["(子)?宫颈癌", "宫颈恶性肿瘤"],
  },
  "endometrial carcinoma": {
    en: ["endometrial (cancer|carcinoma|malignancy)", "carcinoma of the endometrium"],
    zh: ["(子宫)?内膜癌"],
  },
  "ovarian carcinoma": {
    en: ["ovarian (cancer|carcinoma|malignancy)", "malignant ovarian (tumou?r|mass|neoplasm)"],
    zh: ["卵巢癌", "卵巢恶性肿瘤"],
  },
  puerperium: {
    en: ["puerper(ium|al)( uterus)?", "post ?partum( uterus)?"],
    zh: ["产褥期(子宫)?", "产后(子宫|改变)?"],
  },
  miscarriage: {
    en: [
      "miscarriage",
      "(spontaneous |missed |incomplete |threatened )*abortion",
      "retained products of conception",
      "embryonic demise",
      "missed miscarriage",
    ],
    zh: [
      "(稽留|不全|先兆|难免|自然)*流产(后)?",
      "胎停(育)?",
      "胚胎停(止)?(育|发育)",
      "(宫内|妊娠物|胎物)残留",
    ],
  },
} as const satisfies LabelPhrases;
