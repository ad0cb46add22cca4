mkdir links; ln -s /passwd links/absolute; ln -s ../../../../passwd links/above
